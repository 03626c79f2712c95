"""A code in view is one scan; the same code shown again is another."""

from hypothesis import given
from hypothesis import strategies as st

from device.debounce import MOST, Debounce
from device.ports import Symbol


def code(text: str, kind: str = "qrcode") -> Symbol:
    return Symbol(text, text.encode(), kind, ())


def test_a_code_held_in_view_is_one_scan_however_long() -> None:
    debounce = Debounce(0.5)
    assert [debounce.fresh(code("a"), frame / 25) for frame in range(100)] == [True] + [False] * 99


def test_a_code_that_was_away_is_a_new_scan() -> None:
    debounce = Debounce(0.5)
    assert debounce.fresh(code("a"), 0.0)
    assert not debounce.fresh(code("a"), 0.49)
    assert debounce.fresh(code("a"), 0.99)


def test_two_codes_side_by_side_are_each_let_through_once() -> None:
    debounce = Debounce(0.5)
    seen = [debounce.fresh(code(text), frame / 25) for frame in range(9) for text in "ab"]
    assert seen == [True, True] + [False] * 16


def test_the_same_digits_in_another_symbology_are_another_code() -> None:
    debounce = Debounce(0.5)
    assert debounce.fresh(code("1", "ean13"), 0.0)
    assert debounce.fresh(code("1", "code128"), 0.0)


@given(st.lists(st.text(min_size=1, max_size=3), max_size=300))
def test_its_memory_is_bounded_and_a_first_sight_is_never_swallowed(texts: list[str]) -> None:
    debounce = Debounce(1e9)
    before: set[str] = set()
    for at, text in enumerate(texts):
        assert debounce.fresh(code(text), float(at)) or text in before
        before.add(text)
    assert len(debounce._seen) <= MOST
