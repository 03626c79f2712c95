"""A scanner's fingers: the keys that it presses for a text."""

from collections.abc import Iterator
from functools import cache

from device.layouts import CODES, typed
from device.ports import Key

SHIFT, ALTGR, ENTER = 42, 100, 28


@cache
def _keys(layout: str) -> dict[str, Key]:
    keys = [
        Key(code, shift, altgr)
        for altgr in (True, False)
        for shift in (True, False)
        for code in (*CODES, 57)
        if not (shift and altgr)
    ]
    return {typed([key], layout): key for key in keys}


def press(text: str, layout: str = "us") -> tuple[Key, ...]:
    """Return the keys of a text on a layout."""
    return tuple(_keys(layout)[letter] for letter in text)


def strokes(text: str, layout: str = "us", end: int | None = ENTER) -> Iterator[tuple[int, int]]:
    """Yield (key code, 1 down or 0 up) as the kernel tells them."""
    for key in press(text, layout):
        held = SHIFT if key.shift else ALTGR if key.altgr else None
        if held:
            yield held, 1
        yield key.code, 1
        yield key.code, 0
        if held:
            yield held, 0
    if end is not None:
        yield end, 1
        yield end, 0
