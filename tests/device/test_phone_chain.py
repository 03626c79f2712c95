"""What a phone's camera chain reads, and what it does not believe at once."""

import numpy

from device.android.chain import PhoneChain
from device.double_read import AGREE_S, DoubleRead
from device.ports import Gray, Symbol


class Seen:
    """Keeps the pictures that it is given."""

    name = "seen"

    def __init__(self, format: str) -> None:
        self.frames: list[Gray] = []
        self._symbol = Symbol("4006381333931", b"4006381333931", format, ())

    def decode(self, image: Gray) -> list[Symbol]:
        self.frames.append(image)
        return [self._symbol]


def test_whole_and_half_frames_take_turns() -> None:
    seen = Seen("qrcode")
    chain = PhoneChain(seen)
    frame = numpy.array([[10, 20, 9], [30, 43, 9], [9, 9, 9]], dtype=numpy.uint8)
    for at_s in (0.0, 0.1):
        assert chain.look(frame, at_s)
    assert [one.tolist() for one in seen.frames] == [[[25]], frame.tolist()]


def test_a_code_whose_one_digit_checks_must_be_read_twice() -> None:
    chain = PhoneChain(Seen("ean13"))
    frame = numpy.zeros((4, 4), dtype=numpy.uint8)
    assert not chain.look(frame, 0.0)
    assert chain.look(frame, 0.1)
    assert chain.look(frame, AGREE_S)
    assert not chain.look(frame, 3 * AGREE_S)


def test_two_different_numbers_do_not_bear_each_other_out() -> None:
    double_read = DoubleRead()
    numbers = [b"4006381333931", b"4006381333948", b"4006381333931"]
    told = [double_read.certain(Symbol(None, data, "itf", ()), 0.1) for data in numbers]
    assert told == [False, False, True]
    assert double_read.certain(Symbol(None, b"E1:", "qrcode", ()), 0.1)
