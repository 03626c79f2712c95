"""An upstream wakes the gateway with its key: as a bearer token, or in a webhook's address."""

from __future__ import annotations

import base64

import pytest

from validator.gateway.services import WakeUpCall
from validator.gateway.trust.auth import SignIn, token_hash

KEY = "k" * 64


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


@pytest.mark.parametrize("header", [f"Bearer {KEY}", basic(f"wake:{KEY}"), basic(f":{KEY}")])
def test_the_key_is_taken_as_token_and_as_password(header: str) -> None:
    WakeUpCall(token_hash(KEY), lambda: None).check(header)


@pytest.mark.parametrize(
    "header",
    [None, "", KEY, "Bearer wrong", basic("wake:wrong"), basic(KEY), "Basic %", "Basic gA=="],
)
def test_anything_else_is_not(header: str | None) -> None:
    with pytest.raises(SignIn):
        WakeUpCall(token_hash(KEY), lambda: None).check(header)
