import pytest

from validator.clock import FIRST, LAST, Instant, iso, parse_iso, parse_rfc3339, time_zones
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


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2026-11-22T19:04:05Z", "2026-11-22T19:04:05.000Z"),
        ("2026-11-22t19:04:05z", "2026-11-22T19:04:05.000Z"),
        ("2026-11-22T20:04:05+01:00", "2026-11-22T19:04:05.000Z"),
        ("2026-11-22T13:34:05-05:30", "2026-11-22T19:04:05.000Z"),
        ("2026-11-22T19:04:05-00:00", "2026-11-22T19:04:05.000Z"),
        ("2026-11-22T19:04:05+23:59", "2026-11-21T19:05:05.000Z"),
        ("2026-11-22T19:04:05.1Z", "2026-11-22T19:04:05.100Z"),
        ("2026-11-22T19:04:05.12345678901Z", "2026-11-22T19:04:05.123Z"),
        ("2028-02-29T00:00:00Z", "2028-02-29T00:00:00.000Z"),
        ("1990-12-31T23:59:60Z", "1991-01-01T00:00:00.000Z"),
        ("1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.9999Z", "9999-12-31T23:59:59.999Z"),
    ],
)
def test_times_of_rfc_3339_are_read(text: str, same: str) -> None:
    assert iso(parse_rfc3339(text)) == same


@pytest.mark.parametrize(
    "text",
    [
        "2026-W47-7T19:04:05Z",
        "2026-326T19:04:05Z",
        "20261122T190405Z",
        "2026-11-22T190405Z",
        "2026-11-22T19:04Z",
        "2026-11-22T19Z",
        "2026-11-22",
        "2026-11-22T19:04:05",
        "2026-11-22 19:04:05Z",
        "2026-11-22_19:04:05Z",
        "2026-11-22T19:04:05,5Z",
        "2026-11-22T19:04:05.Z",
        "2026-11-22T19:04:05+01",
        "2026-11-22T19:04:05+0100",
        "2026-11-22T19:04:05+01:00:30",
        "2026-11-22T19:04:05+24:00",
        "2026-11-22T19:04:05+01:60",
        "2026-11-22T19:04:05 Z",
        " 2026-11-22T19:04:05Z",
        "2026-11-22T19:04:05Z\n",
        "2026-11-22T24:00:00Z",
        "2026-11-22T19:60:00Z",
        "2026-11-22T19:04:60Z",
        "2026-11-22T23:59:60Z",
        "1990-12-31T23:59:61Z",
        "2026-02-29T00:00:00Z",
        "2026-11-31T00:00:00Z",
        "+2026-11-22T19:04:05Z",
        "02026-11-22T19:04:05Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "٢٠٢٦-11-22T19:04:05Z",
        "2026-11-22T19:04:05−01:00",
        "now",
        "",
        "1764788645",
    ],
)
def test_nothing_else_is_a_time(text: str) -> None:
    with pytest.raises(FixRequest, match=r"2026-11-22T19:04:05Z"):
        parse_rfc3339(text)


def test_zones_are_the_ianas_only() -> None:
    assert {"Europe/Zurich", "UTC", "Asia/Kolkata", "Etc/GMT+12", "US/Eastern"} <= time_zones()
    others = ("localtime", "posixrules", "Factory", "right/Europe/Zurich", "posix/Europe/Zurich")
    for name in (*others, "", ".", "Europe", "europe/zurich", "../Europe/Zurich", "tzdata.zi"):
        assert name not in time_zones()
