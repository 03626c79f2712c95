"""Finds codes in the frames of a camera: a little work on each frame, other work on each next one.

A frame that holds no code must be cheap, and what one frame hides the next may show. So every
frame gets one quick look, and the dear looks take turns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle

from device.camera.looks import ALL, Look, full_looks, further_looks, narrowed, quick_look
from device.decoders import available, check_any, decode_picture
from device.double_read import DoubleRead
from device.ports import Decoder, Gray, Symbol
from device.wanted import Wanted

THOROUGH_EVERY = 15
"""Frames between two full looks; one may last as long as a frame, or longer."""

MARGIN = 0.6
"""How far around the last code is looked for it, in sizes of the code."""

NEAR_LOOKS = 6
"""Frames in a row that are searched around the last code though it is not found there."""

NEAR_S = 1.0
"""How long the last code's place says anything, in seconds."""

NEAR_PIXELS = 250_000
"""Largest part of a frame that is searched in this way; more takes too long."""

Place = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels."""


@dataclass(slots=True)
class FrameChain:
    """Looks at one frame after the other; remembers where the last code was.

    A code that can be no ticket is returned as well, and does not end the search: a poster in
    the background hides no ticket.

    Args:
        decoders: Installed ones; zbar alone will do, as on Android.
        wanted: Gives what is looked for now; asked for every frame.

    Raises:
        DecoderMissing: There is no decoder.
    """

    decoders: list[Decoder] = field(default_factory=available)
    wanted: Callable[[], Wanted] = Wanted
    _formats: frozenset[str] | None = None
    _quick: Look = field(init=False)
    _turns: Iterator[Look] = field(init=False)
    _full: Iterator[Look] = field(init=False)
    _near: list[Decoder] = field(init=False)
    _frame: int = 0
    _place: Place | None = None
    _hit_s: float = 0.0
    _in_vain: int = 0
    _double_read: DoubleRead = field(default_factory=DoubleRead)

    def __post_init__(self) -> None:
        check_any(self.decoders)

    def look(self, frame: Gray, at_s: float) -> list[Symbol]:
        """Return the codes of a frame.

        Args:
            frame: Gray, not changed.
            at_s: When it was taken, in seconds on a clock that never goes back.

        Returns:
            Codes that are certain; an EAN-13 or ITF only when it is read for the second time.
        """
        self._frame += 1
        wanted = self.wanted()
        self._look_for(frozenset(wanted.formats))
        found = self._quick(frame)
        tickets = [symbol for symbol in found if wanted.may_be_ticket(symbol)]
        if not tickets:
            known = {symbol.data for symbol in found}
            more = self._further(frame, at_s)
            found += [symbol for symbol in more if symbol.data not in known]
            tickets = [symbol for symbol in more if wanted.may_be_ticket(symbol)]
        if tickets:
            self._place, self._hit_s, self._in_vain = _surroundings(tickets[0], frame), at_s, 0
        return [symbol for symbol in found if self._double_read.certain(symbol, at_s)]

    def _look_for(self, formats: frozenset[str]) -> None:
        if formats != self._formats:
            self._formats = formats
            self._quick = quick_look(self.decoders, formats)
            self._turns = cycle(further_looks(self.decoders, formats))
            self._full = cycle(full_looks(self.decoders, formats))
            self._near = narrowed(self.decoders, formats or ALL)

    def _further(self, frame: Gray, at_s: float) -> list[Symbol]:
        if self._frame % THOROUGH_EVERY == 0:
            return next(self._full)(frame)
        if self._place and at_s - self._hit_s <= NEAR_S and self._in_vain < NEAR_LOOKS:
            self._in_vain += 1
            return self._around(frame, self._place)
        return next(self._turns)(frame)

    def _around(self, frame: Gray, place: Place) -> list[Symbol]:
        import numpy

        left, top, right, bottom = place
        part = numpy.ascontiguousarray(frame[top:bottom, left:right])
        if part.size == 0:
            return []
        return [symbol.scaled(1, left, top) for symbol in decode_picture(part, self._near)]


def _surroundings(symbol: Symbol, frame: Gray) -> Place | None:
    """Return a code's surroundings; None if they are too large to be searched quickly."""
    if not symbol.corners:
        return None
    across, down = [x for x, _ in symbol.corners], [y for _, y in symbol.corners]
    size = max(max(across) - min(across), max(down) - min(down), 32)
    reach = int(size * MARGIN)
    height, width = frame.shape
    left, top = max(0, min(across) - reach), max(0, min(down) - reach)
    right, bottom = min(width, max(across) + reach), min(height, max(down) + reach)
    small = (right - left) * (bottom - top) <= NEAR_PIXELS
    return (left, top, right, bottom) if small else None
