"""Finds codes in the frames of a camera: a little work on each frame, other work on each next one.

A frame that holds no code must be cheap, and what one frame hides the next may show. So every
frame gets one quick look, and the dear looks take turns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle

from device.agreement import Agreement
from device.decoders import available, decode_picture
from device.decoders.zbar import Zbar
from device.decoders.zxing import Zxing
from device.errors import DecoderMissing
from device.ports import Decoder, Gray, Symbol

BLUR_SIGMA = 1.2
"""Pixels; evens out the grid of a screen that was filmed."""

THOROUGH_EVERY = 24
"""Frames between two full looks; one takes longer than a frame lasts."""

MARGIN = 0.6
"""How far around the last code the next frame is looked at first, in sizes of the code."""

NEAR_S = 1.0
"""How long the last code's place is worth a first look, in seconds."""

Look = Callable[[Gray], list[Symbol]]


@dataclass(slots=True)
class FrameChain:
    """Looks at one frame after the other; remembers where the last code was.

    Args:
        decoders: Installed ones; zbar alone will do, as on Android.

    Raises:
        DecoderMissing: There is no decoder.
    """

    decoders: list[Decoder] = field(default_factory=available)
    _quick: Look = field(init=False)
    _turns: Iterator[Look] = field(init=False)
    _frame: int = 0
    _place: tuple[int, int, int, int] | None = None
    _hit_s: float = -NEAR_S
    _agreement: Agreement = field(default_factory=Agreement)

    def __post_init__(self) -> None:
        if not self.decoders:
            raise DecoderMissing(
                "No library that reads codes is installed. Install entrance-control[pictures]."
            )
        zxing = any(isinstance(decoder, Zxing) for decoder in self.decoders)
        zbar = next((one for one in self.decoders if isinstance(one, Zbar)), None)
        fast: Decoder = Zxing(thorough=False) if zxing else self.decoders[0]
        self._quick = fast.decode if zxing else lambda frame: _doubled(fast.decode(_half(frame)))
        turns: list[Look] = [lambda frame: fast.decode(_blurred(frame))]
        if zbar is not None:
            turns.append(lambda frame: _doubled(zbar.decode(_half(frame))))
        turns.append(lambda frame: _middle(fast, frame))
        self._turns = cycle(turns)

    def look(self, frame: Gray, at_s: float) -> list[Symbol]:
        """Return the codes of a frame.

        Args:
            frame: Gray, not changed.
            at_s: When it was taken, in seconds on a clock that never goes back.

        Returns:
            Codes that are certain; an EAN-13 or ITF only when it is read for the second time.
        """
        self._frame += 1
        found = self._near(frame, at_s) or self._quick(frame)
        if not found:
            thorough = self._frame % THOROUGH_EVERY == 0
            found = decode_picture(frame, self.decoders) if thorough else next(self._turns)(frame)
        if found:
            self._place, self._hit_s = _around(found[0], frame), at_s
        return [symbol for symbol in found if self._agreement.certain(symbol, at_s)]

    def _near(self, frame: Gray, at_s: float) -> list[Symbol]:
        if self._place is None or at_s - self._hit_s > NEAR_S:
            return []
        left, top, right, bottom = self._place
        part = frame[top:bottom, left:right]
        if part.size == 0:
            return []
        return [_moved(one, 1, left, top) for one in decode_picture(_whole(part), self.decoders)]


def _around(symbol: Symbol, frame: Gray) -> tuple[int, int, int, int] | None:
    if not symbol.corners:
        return None
    across, down = [x for x, _ in symbol.corners], [y for _, y in symbol.corners]
    size = max(max(across) - min(across), max(down) - min(down), 32)
    reach = int(size * MARGIN)
    height, width = frame.shape
    return (
        max(0, min(across) - reach),
        max(0, min(down) - reach),
        min(width, max(across) + reach),
        min(height, max(down) + reach),
    )


def _moved(symbol: Symbol, scale: float, left: int, top: int) -> Symbol:
    corners = tuple((int(x * scale) + left, int(y * scale) + top) for x, y in symbol.corners)
    return Symbol(symbol.text, symbol.data, symbol.format, corners)


def _doubled(symbols: list[Symbol]) -> list[Symbol]:
    return [_moved(symbol, 2, 0, 0) for symbol in symbols]


def _whole(part: Gray) -> Gray:
    import numpy

    return numpy.ascontiguousarray(part)


def _blurred(frame: Gray) -> Gray:
    import cv2

    return _bytes(cv2.GaussianBlur(frame, (0, 0), BLUR_SIGMA))


def _half(frame: Gray) -> Gray:
    import cv2

    return _bytes(cv2.resize(frame, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))


def _bytes(picture: object) -> Gray:
    """Name what OpenCV gives back: its types don't know that eight bits stay eight bits."""
    import numpy

    return numpy.asarray(picture, dtype=numpy.uint8)


def _middle(decoder: Decoder, frame: Gray) -> list[Symbol]:
    """Look at the middle half twice as large: small codes are held there."""
    import cv2

    height, width = frame.shape
    top, left = height // 4, width // 4
    part = frame[top : height - top, left : width - left]
    if part.size == 0:
        return []
    large = _bytes(cv2.resize(part, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC))
    return [_moved(symbol, 0.5, left, top) for symbol in decoder.decode(large)]
