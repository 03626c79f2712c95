"""The chain of looks at frames: damaged, small and doubtful codes."""

import cv2
import numpy
import pytest

from device.camera.chain import NEAR_LOOKS, THOROUGH_EVERY, FrameChain
from device.camera.health import LONG_S, CameraHealth
from device.decoders.zbar import Zbar
from device.decoders.zxing import Zxing
from device.double_read import AGREE_S
from device.errors import DecoderMissing
from device.ports import Gray, Symbol
from device.wanted import Wanted
from doubles.device.decoders import NEEDS_ZBAR
from doubles.device.film import HEIGHT, WIDTH, held_up, ticket

TEXT = "E1:6BFOXN*TS0BI$ZD-P%A."
ADVERTISEMENT = "https://example.org/menu"
TURNS = 10
"""Frames after which every look has had its turn, twice."""


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


@pytest.mark.parametrize("alone", [Zxing, pytest.param(Zbar, marks=NEEDS_ZBAR)])
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
    seen = [line_code("4006381333931"), line_code("4006381333948"), line_code("4006381333931")]
    chain, at_s = FrameChain(), 0.0
    told: list[str | None] = []
    for frame in seen:
        chain.look(frame, at_s)
        # Until a look that reads line codes has had its turn.
        for _ in range(TURNS):
            at_s += AGREE_S / 100
            told += [symbol.text for symbol in chain.look(frame, at_s)]
    assert told[0] == "4006381333931"
    assert set(told) == {"4006381333931", "4006381333948"}


def test_two_readings_far_apart_do_not_agree() -> None:
    chain, frame = FrameChain(), line_code("4006381333931")
    for number in range(2 * TURNS):
        assert chain.look(frame, number * (AGREE_S + 1)) == []


@NEEDS_ZBAR
def test_where_zbar_reads_two_numbers_neither_counts() -> None:
    one, other = line_code("4006381333931"), line_code("4006381333948")
    assert [symbol.text for symbol in Zbar().decode(one)] == ["4006381333931"]
    assert Zbar().decode(numpy.vstack([one, other])) == []


def test_a_line_code_that_stands_upright_is_read() -> None:
    chain, frame = FrameChain([Zxing()]), numpy.rot90(line_code("4006381333931"))
    upright = numpy.ascontiguousarray(frame)
    looks = (chain.look(upright, number / 25) for number in range(2 * TURNS))
    assert any(symbol.text == "4006381333931" for found in looks for symbol in found)


def test_a_poster_hides_no_ticket() -> None:
    small = cv2.GaussianBlur(held_up(ticket(TEXT, 2), noise=0), (0, 0), 0.9)
    poster, wall = held_up(ticket(ADVERTISEMENT, 5))[:, 120:520], held_up(None)[:, :400]
    frame = numpy.hstack([poster, numpy.asarray(small[:, 80:560], dtype=numpy.uint8), wall])
    chain = FrameChain(wanted=lambda: Wanted(foreign=lambda one: one.text == ADVERTISEMENT))
    assert [symbol.text for symbol in chain.look(frame, 0.0)] == [ADVERTISEMENT]
    assert looks_until_read(chain, frame) <= TURNS


def test_a_code_of_no_ticket_s_kind_is_seen_by_the_full_look_only() -> None:
    chain = FrameChain(wanted=lambda: Wanted({"qrcode"}))
    frame = line_code("4006381333931")
    found = [chain.look(frame, number / 25) for number in range(1, 4 * THOROUGH_EVERY + 1)]
    assert [at for at, symbols in enumerate(found, 1) if symbols] == [4 * THOROUGH_EVERY]


def test_what_is_looked_for_may_change_while_it_looks() -> None:
    wanted = Wanted({"ean13"})
    chain, frame = FrameChain(wanted=lambda: wanted), held_up(ticket(TEXT))
    assert chain.look(frame, 0.0) == []
    wanted = Wanted({"qrcode"})
    assert [symbol.text for symbol in chain.look(frame, 0.1)] == [TEXT]


class Counted:
    """A decoder that counts how much it is given, and finds what it is told."""

    name = "counted"

    def __init__(self, found: list[Symbol]) -> None:
        self.found = found
        self.sizes: list[int] = []

    def decode(self, image: Gray) -> list[Symbol]:
        self.sizes.append(image.size)
        return self.found if image.size == WIDTH * HEIGHT else []


def test_around_a_code_that_is_gone_it_is_looked_for_in_a_few_frames_only() -> None:
    corners = ((300, 200), (340, 200), (340, 240), (300, 240))
    counted = Counted([Symbol(TEXT, TEXT.encode(), "qrcode", corners)])
    chain, frame = FrameChain([counted]), held_up(None)
    for number in range(TURNS):
        if chain.look(frame, number / 1000):
            break
    counted.found = []
    counted.sizes.clear()
    for number in range(THOROUGH_EVERY):
        chain.look(frame, 0.1 + number / 1000)
    assert 0 < sum(size < WIDTH * HEIGHT // 4 for size in counted.sizes) <= NEAR_LOOKS


def test_a_covered_camera_is_told_once_and_again_after_it_could_see() -> None:
    health = CameraHealth()
    dark = [held_up(None, seed=number) // 40 for number in range(4)]
    told = [health.trouble(dark[number % 4], float(number)) for number in range(10)]
    assert [str(error) for error in told if error] == [
        "The camera sees only black. Take off its cover, or give it light."
    ]
    assert health.trouble(held_up(None), 10.0) is None
    assert health.trouble(dark[0], 10.0 + 2 * LONG_S) is not None


def test_a_picture_that_stands_still_is_told() -> None:
    health, frame = CameraHealth(), held_up(None)
    assert health.trouble(frame, 0.0) is None
    assert health.trouble(frame, LONG_S) is None
    assert "stands still" in str(health.trouble(frame, LONG_S + 0.1))
    assert health.trouble(held_up(None, seed=2), LONG_S + 0.2) is None
