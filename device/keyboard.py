"""Puts the keys that a USB scanner types together to whole codes; no input or output.

A keyboard scanner has no idea of a message: it presses keys, and usually Enter after the last.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from device.ports import COMPOSED, LONGEST_CODE, Key

SILENCE_S = 0.3
"""Without a key for this long a code without an end mark is over; scanners pause < 0.1 s."""

ENTER, TAB, KEYPAD_ENTER = 28, 15, 96
ENDS = frozenset({ENTER, TAB, KEYPAD_ENTER})
SHIFTS = frozenset({42, 54})
CONTROLS = frozenset({29, 97, 125, 126})
CAPS_LOCK, ALT, ALTGR = 58, 56, 100
LETTERS = frozenset({*range(16, 26), *range(30, 39), *range(44, 51)})
KEYPAD = {82: 0, 79: 1, 80: 2, 81: 3, 75: 4, 76: 5, 77: 6, 71: 7, 72: 8, 73: 9}
"""Key codes of the keypad's digits. Source: Linux `input-event-codes.h`."""

UP, DOWN, REPEATED = 0, 1, 2
"""Values of an evdev key event."""


class Broken(Enum):
    """Why a code is not whole."""

    LOST = "The computer lost keys of the scanner. Scan again."
    LONG = "The scanner typed more than any ticket holds. Scan the ticket's own code."


@dataclass(slots=True)
class Typing:
    """Follows one scanner's keys.

    Caps Lock inverts Shift for letters while it is on: scanners that follow it type capitals
    without Shift. Keys held down repeat by themselves; a scanner never means that.
    """

    _keys: list[Key] = field(default_factory=list)
    _held: set[int] = field(default_factory=set)
    _caps: bool = False
    _broken: Broken | None = None
    _composed: int | None = None
    _last_s: float = 0.0

    def key(self, code: int, value: int, at_s: float) -> tuple[Key, ...] | Broken | None:
        """Take in a key event.

        Args:
            code: Linux key code.
            value: 0 up, 1 down, 2 repeated.
            at_s: When, in seconds on a clock that never goes back.

        Returns:
            A whole code without its end mark; `Broken` in its place if keys are missing; None
            while it goes on, and for an end mark without a code.
        """
        if value == UP:
            self._held.discard(code)
            if code == ALT:
                self._compose()
            return None
        if value == REPEATED:
            return None
        self._held.add(code)
        self._last_s = at_s
        if code in ENDS:
            return self._end()
        if code == CAPS_LOCK:
            self._caps = not self._caps
        elif ALT in self._held and code in KEYPAD:
            self._composed = min((self._composed or 0) * 10 + KEYPAD[code], COMPOSED)
        elif code not in SHIFTS | CONTROLS and code not in (ALT, ALTGR):
            self._add(Key(min(code, COMPOSED), self._shifted(code), ALTGR in self._held))
        return None

    def quiet(self, now_s: float) -> tuple[Key, ...] | Broken | None:
        """Return what stands if the scanner has paused long enough to have finished."""
        if (self._keys or self._broken) and now_s - self._last_s >= SILENCE_S:
            return self._end()
        return None

    def lost(self) -> None:
        """The kernel dropped events: this code is not whole, and no key is known to be down."""
        self._broken = Broken.LOST
        self._held.clear()
        self._composed = None

    def _shifted(self, code: int) -> bool:
        shift = bool(self._held & SHIFTS)
        return shift != (self._caps and code in LETTERS)

    def _compose(self) -> None:
        # Alt and a number on the keypad is a character on any layout; 256 itself is none.
        if self._composed is not None:
            self._add(Key(COMPOSED + self._composed % COMPOSED))
        self._composed = None

    def _add(self, key: Key) -> None:
        if len(self._keys) < LONGEST_CODE:
            self._keys.append(key)
        else:
            self._broken = Broken.LONG

    def _end(self) -> tuple[Key, ...] | Broken | None:
        self._compose()
        keys, broken = tuple(self._keys), self._broken
        self._keys, self._broken = [], None
        return broken or keys or None
