"""What a still picture holds, and what only seems to be in it."""

import io

import numpy
import segno
from PIL import Image

from device.decoders import available, decode_picture
from device.ports import Gray, Symbol

STRIPED = (
    "E1:JFJBA0.19Y50000V509CFYB8%QA.:OA-H3E7UTD--J9SI986PFL- UQYDXK2R3QG4REAAJ*HV IE3QHX04 "
    "44AL9S47EP3P5STQ98J4 01.S$FBUT2."
)
"""A genuine ticket whose QR code holds stripes that zxing-cpp also reads as the ITF code 9199."""


class Seen:
    """A decoder that sees what it is told."""

    name = "seen"

    def __init__(self, *symbols: Symbol) -> None:
        self._symbols = list(symbols)

    def decode(self, image: Gray) -> list[Symbol]:
        return self._symbols


def symbol(text: str, kind: str, left: int, right: int) -> Symbol:
    return Symbol(text, text.encode(), kind, ((left, 0), (right, 0), (right, 90), (left, 90)))


def test_stripes_inside_a_ticket_are_no_second_code() -> None:
    png = io.BytesIO()
    drawn = segno.make(STRIPED, error="m", mode="alphanumeric", micro=False, boost_error=False)
    drawn.save(png, kind="png", scale=8, border=4)
    picture = numpy.asarray(Image.open(png).convert("L"))
    decoders = available()
    assert decoders, "zxing-cpp is among the pinned requirements"
    assert [(one.format, one.text) for one in decode_picture(picture, decoders)] == [
        ("qrcode", STRIPED)
    ]


def test_a_line_code_beside_a_matrix_code_is_kept() -> None:
    both = (symbol("E1:", "qrcode", 0, 90), symbol("4006381333931", "ean13", 100, 190))
    assert decode_picture(numpy.zeros((9, 9), numpy.uint8), [Seen(*both)]) == list(both)


def test_a_line_code_alone_is_kept() -> None:
    alone = symbol("9199", "itf", 0, 90)
    assert decode_picture(numpy.zeros((9, 9), numpy.uint8), [Seen(alone)]) == [alone]
