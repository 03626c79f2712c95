"""What a lane asks of its hardware: one Protocol per need."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from device.errors import DeviceError

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

Gray: TypeAlias = "NDArray[numpy.uint8]"
"""Brightness of a picture, rows first, 0 black to 255 white. Named without loading numpy."""


LONGEST_CODE = 4_096
"""Most bytes, characters or keys of one code."""

COMPOSED = 256
"""Key codes from here on are characters composed with Alt and the keypad; this one is none."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A code found in a picture.

    Args:
        text: Its content; None if the bytes are no text.
        data: Its content, byte for byte as printed.
        format: `qrcode`, `aztec`, `pdf417`, `datamatrix`, `code128`, `ean13`, `itf` or `code39`.
        corners: Its four corners (x, y) in pixels; fewer if the decoder does not know them.
    """

    text: str | None
    data: bytes
    format: str
    corners: tuple[tuple[int, int], ...]

    def scaled(self, scale: float, left: int = 0, top: int = 0) -> Symbol:
        """Return it as it lies in the picture of which a part, smaller or larger, was looked at.

        Args:
            scale: Pixels of the picture for one of the part.
            left: Of the part in the picture, in the picture's pixels.
            top: Likewise.
        """
        corners = tuple((int(x * scale) + left, int(y * scale) + top) for x, y in self.corners)
        return Symbol(self.text, self.data, self.format, corners)


@dataclass(frozen=True, slots=True)
class Key:
    """A key that a scanner pressed while typing a code.

    Args:
        code: Linux key code, 1 to 255; from 257 to 511 the character less 256, composed with Alt.
        shift: Whether Shift was held.
        altgr: Whether AltGr was held.

    Source: Linux `input-event-codes.h`, USB HID Usage Tables 1.5 (keyboard page).
    """

    code: int
    shift: bool = False
    altgr: bool = False


@dataclass(frozen=True, slots=True)
class Sighting:
    """A code that a source brought.

    Args:
        text: Its content; None if the bytes are no text.
        data: Its content, byte for byte.
        symbology: As in `Symbol.format`, None if the source can't tell.
        origin: Where it came from, for people (a file's name, "line 3").
        keys: As typed, so that a scanner set to another country's keyboard can still be read;
            empty for sources that don't type.
    """

    text: str | None
    data: bytes
    symbology: str | None
    origin: str
    keys: tuple[Key, ...] = ()

    @classmethod
    def of_bytes(cls, data: bytes, symbology: str | None, origin: str) -> Sighting:
        """Return what a source brought that gives bytes only; text is UTF-8."""
        try:
            text: str | None = data.decode()
        except UnicodeDecodeError:
            text = None
        return cls(text, data, symbology, origin)


class Decoder(Protocol):
    """Finds codes in a picture."""

    @property
    def name(self) -> str:
        """Name of the library, for people."""
        ...

    def decode(self, image: Gray) -> list[Symbol]:
        """Return every code found; none is an empty list, never an error.

        Args:
            image: Gray picture; not changed. May be called from any thread.
        """
        ...


class Source(Protocol):
    """Brings codes, one after the other."""

    @property
    def latest(self) -> Callable[[], Gray | None] | None:
        """Returns the newest picture, for a preview; None = it looks at nothing."""
        ...

    @property
    def choose(self) -> Callable[[str], None] | None:
        """Takes another camera by its name; None = it has no choice."""
        ...

    def sightings(self) -> AsyncIterator[Sighting | DeviceError]:
        """Yield codes as they come, and errors about what could not be read.

        An error concerns one item; the next ones still come. Ends with the source, or once it
        is closed.
        """
        ...

    def close(self) -> None:
        """End `sightings` soon; may be called twice."""
        ...


class Speaker(Protocol):
    """Makes the sounds of verdicts."""

    def play(self, sound: str) -> None:
        """Begin a sound at once, ending the one before; returns without waiting for its end.

        Args:
            sound: `rising`, `three_short`, `two_low`, `long_low`, `click` or `falling`.
        """
        ...

    def close(self) -> None:
        """Let go of the device; may be called twice."""
        ...


class Lamps(Protocol):
    """Coloured lamps above a lane."""

    def show(self, lamp: str) -> None:
        """Light them, in place of what was lit; returns at once.

        That they can't be reached is told, once, to whom they were given when they were made.

        Args:
            lamp: `green`, `green_blinking`, `yellow`, `red`, `red_yellow` or `none`.
        """
        ...

    def close(self) -> None:
        """Put them out and let go of the device; may be called twice."""
        ...


class Turnstile(Protocol):
    """Lets people through, one after the other, and says who went."""

    async def let_one(self, wait_s: float) -> bool:
        """Open for one person, and wait until they are through.

        Args:
            wait_s: Seconds after which nobody is expected any more.

        Returns:
            Whether somebody went through.

        Raises:
            DeviceError: It can't be reached, or doesn't answer.
        """
        ...

    def close(self) -> None:
        """Shut it and let go of the device; may be called twice."""
        ...


class Vibrator(Protocol):
    """Shakes a handheld."""

    def vibrate(self, pattern_ms: tuple[int, ...]) -> None:
        """Shake: on, off, on … each in milliseconds; returns at once."""
        ...


class Battery(Protocol):
    """Tells how long a handheld lasts."""

    def percent(self) -> int | None:
        """Return the charge, 0 to 100; None = on mains, or not known."""
        ...
