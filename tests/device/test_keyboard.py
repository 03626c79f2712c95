"""A keyboard scanner's keys become whole codes, and never half ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.keyboard import ALT, CAPS_LOCK, ENTER, KEYPAD, SILENCE_S, TAB, Broken, Typing
from device.layouts import typed
from device.ports import LONGEST_CODE, Key
from doubles.device.keys import SHIFT, strokes

TICKET = "E1:6BFOXN*TS0BI$ZD-P% A.+/"


def type_all(
    typing: Typing, text: str, at_s: float = 0.0, end: int | None = 28
) -> list[tuple[Key, ...] | Broken]:
    found = [typing.key(code, value, at_s) for code, value in strokes(text, end=end)]
    return [item for item in found if item is not None]


def text_of(found: tuple[Key, ...] | Broken | None) -> str:
    assert isinstance(found, tuple)
    return typed(found)


def test_a_code_ends_with_enter() -> None:
    (found,) = type_all(Typing(), TICKET)
    assert text_of(found) == TICKET


def test_a_code_may_end_with_tab() -> None:
    (found,) = type_all(Typing(), TICKET, end=TAB)
    assert text_of(found) == TICKET


@given(st.lists(st.text("ABC123:/", min_size=1, max_size=20), min_size=1, max_size=20))
def test_a_burst_comes_out_code_by_code(codes: list[str]) -> None:
    typing = Typing()
    found = [item for code in codes for item in type_all(typing, code)]
    assert [text_of(item) for item in found] == codes


def test_a_scanner_without_an_end_mark_is_understood_by_its_pause() -> None:
    typing = Typing()
    assert type_all(typing, TICKET, end=None) == []
    assert typing.quiet(SILENCE_S / 2) is None
    assert text_of(typing.quiet(SILENCE_S)) == TICKET
    assert typing.quiet(60.0) is None


def test_two_end_marks_are_one_code() -> None:
    typing = Typing()
    assert len(type_all(typing, "A")) == 1
    assert typing.key(28, 1, 0.0) is None


@pytest.mark.parametrize("text", ["ABCxyz1", "abcXYZ1"])
def test_caps_lock_inverts_letters_and_nothing_else(text: str) -> None:
    typing = Typing()
    typing.key(CAPS_LOCK, 1, 0.0)
    typing.key(CAPS_LOCK, 0, 0.0)
    (found,) = type_all(typing, text)
    assert text_of(found) == text.swapcase()


def test_a_key_that_repeats_is_one_key() -> None:
    typing = Typing()
    typing.key(30, 1, 0.0)
    typing.key(30, 2, 0.0)
    typing.key(30, 2, 0.0)
    assert text_of(typing.key(28, 1, 0.0)) == "a"


def test_lost_keys_spoil_their_code_and_not_the_next() -> None:
    typing = Typing()
    typing.key(30, 1, 0.0)
    typing.lost()
    assert type_all(typing, "REST") == [Broken.LOST]
    (found,) = type_all(typing, TICKET)
    assert text_of(found) == TICKET


def test_shift_that_was_held_when_keys_were_lost_does_not_stay_down() -> None:
    typing = Typing()
    typing.key(SHIFT, 1, 0.0)
    typing.lost()
    type_all(typing, "x")
    (found,) = type_all(typing, "abc")
    assert text_of(found) == "abc"


def test_an_endless_code_is_not_kept() -> None:
    typing = Typing()
    for _ in range(LONGEST_CODE + 10):
        typing.key(30, 1, 0.0)
    assert typing.key(28, 1, 0.0) is Broken.LONG
    (found,) = type_all(typing, "next")
    assert text_of(found) == "next"


def test_a_character_composed_with_alt_and_the_keypad() -> None:
    typing, digits = Typing(), {digit: code for code, digit in KEYPAD.items()}
    typing.key(ALT, 1, 0.0)
    for digit in (0, 9, 4):
        typing.key(digits[digit], 1, 0.0)
        typing.key(digits[digit], 0, 0.0)
    typing.key(ALT, 0, 0.0)
    assert text_of(typing.key(28, 1, 0.0)) == "^"


def test_an_endless_composed_number_is_bounded_and_no_shorter_code() -> None:
    typing = Typing()
    for code, value in [(ALT, 1), *[(73, 1)] * 5_000, (ALT, 0)]:
        typing.key(code, value, 0.0)
    assert text_of(typing.key(ENTER, 1, 0.0)) == "\N{REPLACEMENT CHARACTER}"


def test_a_composed_character_that_was_cut_off_is_not_in_the_next_code() -> None:
    typing = Typing()
    typing.key(ALT, 1, 0.0)
    typing.key(77, 1, 0.0)
    typing.lost()
    typing.key(ENTER, 1, 0.0)
    assert typing.key(ALT, 0, 0.0) is None
    assert typing.key(ENTER, 1, 0.0) is None


def test_a_key_beyond_a_keyboards_is_no_letter() -> None:
    typing = Typing()
    typing.key(256 + ord("A"), 1, 0.0)
    assert text_of(typing.key(ENTER, 1, 0.0)) == "\N{REPLACEMENT CHARACTER}"
