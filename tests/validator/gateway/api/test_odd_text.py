"""Text that is no text: refused with a sentence, never a fault of ours."""

import pytest

from validator.errors import FixRequest
from validator.gateway.trust.auth import SignIn, bearer
from validator.wire.fields import Fields


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer \xff", "Basic abc"])
def test_a_header_without_a_usable_token_asks_to_sign_in(header: str | None) -> None:
    with pytest.raises(SignIn):
        bearer(header)


def test_half_a_surrogate_pair_is_no_text() -> None:
    with pytest.raises(FixRequest):
        Fields({"ticket": "10\ud800"}, FixRequest).text("ticket")
    assert Fields({"ticket": "10"}, FixRequest).text("ticket") == "10"
