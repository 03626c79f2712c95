"""What a lane asks of its eyes: one Protocol per need."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from device.errors import DeviceError

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

Gray: TypeAlias = "NDArray[numpy.uint8]"
"""Brightness of a picture, rows first, 0 black to 255 white. Named without loading numpy."""


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


@dataclass(frozen=True, slots=True)
class Sighting:
    """A code that a source brought.

    Args:
        text: Its content; None if the bytes are no text.
        data: Its content, byte for byte.
        symbology: As in `Symbol.format`, None if the source can't tell.
        origin: Where it came from, for people (a file's name, "line 3").
    """

    text: str | None
    data: bytes
    symbology: str | None
    origin: str


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

    def sightings(self) -> AsyncIterator[Sighting | DeviceError]:
        """Yield codes as they come, and errors about what could not be read.

        An error concerns one item; the next ones still come. Ends with the source, or once it
        is closed.
        """
        ...

    def close(self) -> None:
        """End `sightings` soon; may be called twice."""
        ...
