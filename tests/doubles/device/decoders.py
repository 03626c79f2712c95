"""A decoder without a library: its codes are a frame of dark marks whose bytes are gray values."""

import numpy
import pytest

from device.decoders import missing
from device.ports import Gray, Symbol

NEEDS_ZBAR = pytest.mark.skipif(bool(missing()), reason="not installed: libzbar0")
"""The one decoder that wants a library of the system."""

HEAD = (7, 77, 177)


class Marks:
    """Reads pictures that `draw` made, in each of the four directions."""

    name = "marks"

    def __init__(self) -> None:
        self.asked = 0

    @staticmethod
    def draw(text: str) -> Gray:
        row = [*HEAD, *text.encode(), 0]
        return numpy.array([row, [255] * len(row)], dtype=numpy.uint8)

    def decode(self, image: Gray) -> list[Symbol]:
        self.asked += 1
        for quarter in range(4):
            row = bytes(numpy.rot90(image, quarter)[0].tolist())
            if row.startswith(bytes(HEAD)):
                data = row[len(HEAD) :].split(b"\0")[0]
                height, width = image.shape
                corners = ((0, 0), (width, 0), (width, height), (0, height))
                return [Symbol(data.decode(), data, "qrcode", corners)]
        return []
