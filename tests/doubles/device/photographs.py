"""Photographs of codes with what they hold, from the folder that is shared beside the checkout."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy

from device.decoders import read_picture
from device.ports import Gray, Symbol

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "barcodes"
MISSING = f"not there: ../shared/data/{FOLDER.name}"

SEVERAL = frozenset({"zxing-cpp/qrcode-2/16.webp", "zxing/ean13-2/23.png", "zxing/ean13-2/28.png"})
"""Photographs of more codes than the one that the list names."""


@dataclass(frozen=True, slots=True)
class Photograph:
    """One photograph, turned.

    Args:
        file: Its name in the folder.
        quarters: How often it was turned by 90 degrees.
        text: What its code says; None = its bytes are known instead, or it has no code.
        data: Its code's bytes; None likewise.
    """

    file: str
    quarters: int
    text: str | None
    data: bytes | None

    @property
    def readable(self) -> bool:
        """Whether there is a code in it that can be read."""
        return self.text is not None or self.data is not None

    def gray(self) -> Gray:
        """Return its pixels."""
        turned = numpy.rot90(read_picture(FOLDER / self.file), self.quarters)
        return numpy.ascontiguousarray(turned)

    def holds(self, symbol: Symbol) -> bool:
        """Tell whether this is its code."""
        if self.text is not None:
            return symbol.text == self.text
        return symbol.data == self.data


def photographs(every: int = 1) -> Iterator[Photograph]:
    """Yield the photographs in all four directions.

    Args:
        every: Only each so many-th file.
    """
    listed: list[dict[str, Any]] = json.loads((FOLDER / "manifest.json").read_text())
    for entry in listed[::every]:
        data = entry.get("expected_hex")
        for quarters in range(4):
            yield Photograph(
                entry["file"],
                quarters,
                entry.get("expected_text"),
                None if data is None else bytes.fromhex(data),
            )


@dataclass(slots=True)
class Score:
    """How many were read, and what was read that is not there.

    Args:
        name: Of what was tried.
    """

    name: str
    shown: int = 0
    read: int = 0
    wrong: int = 0

    def note(self, photograph: Photograph, found: list[Symbol]) -> None:
        """Enter what was found in a photograph."""
        right = any(photograph.holds(symbol) for symbol in found)
        self.shown += photograph.readable
        self.read += photograph.readable and right
        if photograph.file not in SEVERAL:
            self.wrong += any(not photograph.holds(symbol) for symbol in found)

    @property
    def percent(self) -> float:
        """Of the readable ones, how many were read."""
        return 100 * self.read / max(self.shown, 1)
