"""A scanner set to another country's keyboard is read all the same, and named."""

import pytest

from device.layouts import LAYOUTS, typed
from device.ports import Sighting
from doubles.device.keys import press
from doubles.gateway.committer_with_devices import RING, token
from scanner.lane.layouts import COUNTRIES, Layouts

TICKET = token(17)


def sighting(text: str, layout: str, scanner: str = "Zebra DS2208") -> Sighting:
    keys = press(text, layout)
    seen = typed(keys)
    return Sighting(seen, seen.encode(), None, scanner, keys)


def layouts(advice: list[str]) -> Layouts:
    return Layouts(lambda: RING, advice.append)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_token_is_read_whatever_the_scanner_is_set_to(layout: str) -> None:
    advice: list[str] = []
    assert layouts(advice).text(sighting(TICKET, layout)) == TICKET
    if layout == "us":
        assert advice == []


@pytest.mark.parametrize("layout", ["fr", "de", "ch", "es", "it"])
def test_the_country_is_named_once(layout: str) -> None:
    advice: list[str] = []
    reading = layouts(advice)
    for _ in range(3):
        reading.text(sighting(TICKET, layout))
    assert len(advice) == 1
    assert COUNTRIES[layout] in advice[0]
    assert "set it to US" in advice[0]


def test_after_a_token_the_scanners_plain_codes_are_read_rightly_too() -> None:
    reading = layouts([])
    assert reading.text(sighting("4006381333931", "fr")) != "4006381333931"
    reading.text(sighting(TICKET, "fr"))
    assert reading.text(sighting("4006381333931", "fr")) == "4006381333931"
    assert reading.text(sighting("4006381333931", "us", "another")) == "4006381333931"


def test_a_scanner_that_was_set_right_again_is_believed() -> None:
    reading = layouts([])
    reading.text(sighting(TICKET, "fr"))
    assert reading.text(sighting(TICKET, "us")) == TICKET
    assert reading.text(sighting("4006381333931", "us")) == "4006381333931"


def test_no_layout_makes_a_forged_token_genuine() -> None:
    forged = TICKET[:-6] + "AAAAA."
    assert layouts([]).text(sighting(forged, "us")) == forged


def test_a_code_from_a_camera_is_left_as_it_is() -> None:
    reading = layouts([])
    assert reading.text(Sighting("abc", b"abc", "qrcode", "camera")) == "abc"
    assert reading.text(Sighting(None, b"\xff\x00", "qrcode", "camera")) == "\xff\x00"
