import pytest

from validator.clock import FIRST, LAST, Instant, iso, parse_iso
from validator.errors import FixRequest


def test_years_before_1000_are_written_with_four_digits() -> None:
    text = "0226-11-21T23:00:00.000Z"
    assert iso(parse_iso("0226-11-22T00:00+01:00")) == text
    assert iso(parse_iso(text)) == text


@pytest.mark.parametrize("text", ["0001-01-01T00:00+01:00", "9999-12-31T23:59:59-01:00"])
def test_a_time_that_no_calendar_has_in_utc_is_refused(text: str) -> None:
    with pytest.raises(FixRequest):
        parse_iso(text)


def test_instants_beyond_the_calendar_are_written_as_its_ends() -> None:
    assert iso(Instant(-(10**18))) == iso(FIRST) == "0001-01-01T00:00:00.000Z"
    assert iso(Instant(10**18)) == iso(LAST) == "9999-12-31T23:59:59.999Z"
