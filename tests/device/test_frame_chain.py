"""The chain of looks at frames: damaged, small and doubtful codes."""

import cv2
import numpy
import pytest

from device.agreement import AGREE_S
from device.camera.chain import THOROUGH_EVERY, FrameChain
from device.camera.watch import LONG_S, Watch
from device.decoders.zbar import Zbar
from device.decoders.zxing import Zxing
from device.errors import DecoderMissing
from device.ports import Gray
from doubles.film import held_up, ticket

TEXT = "E1:6BFOXN*TS0BI$ZD-P%A."


def looks_until_read(chain: FrameChain, frame: Gray) -> int:
    """Return how many frames it takes; all the same frame."""
    for number in range(1, 2 * THOROUGH_EVERY):
        if any(symbol.text == TEXT for symbol in chain.look(frame, number / 25)):
            return number
    raise AssertionError("never read")


def test_a_clear_code_is_read_in_its_first_frame() -> None:
    assert looks_until_read(FrameChain(), held_up(ticket(TEXT), 20)) == 1


@pytest.mark.parametrize("scale", [2, 3])
def test_a_small_code_is_read_within_a_few_frames(scale: int) -> None:
    assert looks_until_read(FrameChain(), held_up(ticket(TEXT, scale), 10)) <= 6


def test_a_code_that_is_blurred_is_read() -> None:
    frame = cv2.GaussianBlur(held_up(ticket(TEXT, 5)), (0, 0), 2.0)
    assert looks_until_read(FrameChain(), numpy.asarray(frame, dtype=numpy.uint8)) <= 12


def test_white_on_black_is_read_by_the_full_look() -> None:
    assert looks_until_read(FrameChain(), 255 - held_up(ticket(TEXT))) <= THOROUGH_EVERY


def test_the_place_of_a_code_is_told_in_the_frames_own_pixels() -> None:
    chain, frame = FrameChain(), held_up(ticket(TEXT))
    for number in range(3):
        (symbol,) = chain.look(frame, number / 25)
        across = [x for x, _ in symbol.corners]
        assert 320 in range(min(across), max(across))


@pytest.mark.parametrize("alone", [Zxing, Zbar])
def test_one_decoder_will_do(alone: type[Zxing] | type[Zbar]) -> None:
    assert looks_until_read(FrameChain([alone()]), held_up(ticket(TEXT, 5))) <= 6


def test_without_a_decoder_it_is_said_what_to_install() -> None:
    with pytest.raises(DecoderMissing, match="Install"):
        FrameChain([])


def line_code(digits: str) -> Gray:
    """Return a frame with an EAN-13, drawn bar by bar. Source: ISO/IEC 15420."""
    left = "0001101 0011001 0010011 0111101 0100011 0110001 0101111 0111011 0110111 0001011".split()
    sets = "LLLLLL LLGLGG LLGGLG LLGGGL LGLLGG LGGLLG LGGGLL LGLGLG LGLGGL LGGLGL".split()
    right = ["".join("10"[int(bit)] for bit in code) for code in left]
    kinds = {"L": left, "G": [code[::-1] for code in right]}
    chosen = zip(sets[int(digits[0])], digits[1:7], strict=True)
    bits = "101" + "".join(kinds[kind][int(digit)] for kind, digit in chosen)
    bits += "01010" + "".join(right[int(digit)] for digit in digits[7:]) + "101"
    row = numpy.array([0 if bit == "1" else 255 for bit in f"{'0' * 12}{bits}{'0' * 12}"])
    return held_up(numpy.repeat(numpy.tile(row, (120, 1)), 4, axis=1).astype(numpy.uint8), noise=2)


def test_a_line_code_counts_when_it_is_read_twice_alike() -> None:
    chain = FrameChain()
    one, other = line_code("4006381333931"), line_code("4006381333948")
    assert chain.look(one, 0.0) == []
    assert chain.look(other, 0.1) == []
    assert [symbol.text for symbol in chain.look(one, 0.2)] == ["4006381333931"]


def test_two_readings_far_apart_do_not_agree() -> None:
    chain, frame = FrameChain(), line_code("4006381333931")
    assert chain.look(frame, 0.0) == []
    assert chain.look(frame, AGREE_S + 1) == []


def test_a_covered_camera_is_told_once_and_again_after_it_could_see() -> None:
    watch = Watch()
    dark = [held_up(None, seed=number) // 40 for number in range(4)]
    told = [watch.trouble(dark[number % 4], float(number)) for number in range(10)]
    assert [str(error) for error in told if error] == [
        "The camera sees only black. Take off its cover, or give it light."
    ]
    assert watch.trouble(held_up(None), 10.0) is None
    assert watch.trouble(dark[0], 10.0 + 2 * LONG_S) is not None


def test_a_picture_that_stands_still_is_told() -> None:
    watch, frame = Watch(), held_up(None)
    assert watch.trouble(frame, 0.0) is None
    assert watch.trouble(frame, LONG_S) is None
    assert "stands still" in str(watch.trouble(frame, LONG_S + 0.1))
    assert watch.trouble(held_up(None, seed=2), LONG_S + 0.2) is None
