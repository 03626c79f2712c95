"""Every decoder, real or fake, gives exact bytes, honest text and no codes that are not there."""

from pathlib import Path

import numpy
import pytest
import segno

from device.decoders import Zbar, Zxing, decode_picture, read_picture
from device.ports import Decoder, Gray
from doubles.device.decoders import NEEDS_ZBAR, Marks


@pytest.fixture(params=[Zxing, pytest.param(Zbar, marks=NEEDS_ZBAR), Marks])
def decoder(request: pytest.FixtureRequest) -> Decoder:
    made: Decoder = request.param()
    return made


def qr(content: str | bytes, folder: Path) -> Gray:
    mode = "byte" if isinstance(content, bytes) else None
    path = folder / "code.png"
    segno.make(content, micro=False, mode=mode).save(str(path), scale=6, border=4)
    return read_picture(path)


def empty() -> Gray:
    return numpy.full((200, 300), 255, dtype=numpy.uint8)


def test_a_code_is_read_to_the_letter(decoder: Decoder, tmp_path: Path) -> None:
    picture = Marks.draw("E1:ABC+/.") if decoder.name == "marks" else qr("E1:ABC+/.", tmp_path)
    (symbol,) = decoder.decode(picture)
    assert (symbol.text, symbol.data, symbol.format) == ("E1:ABC+/.", b"E1:ABC+/.", "qrcode")
    assert len(symbol.corners) == 4


def test_a_turned_code_is_read_too(decoder: Decoder, tmp_path: Path) -> None:
    picture = Marks.draw("TURNED") if decoder.name == "marks" else qr("TURNED", tmp_path)
    for quarter in range(4):
        turned = numpy.ascontiguousarray(numpy.rot90(picture, quarter))
        assert [symbol.text for symbol in decoder.decode(turned)] == ["TURNED"]


def test_an_empty_picture_holds_nothing(decoder: Decoder) -> None:
    assert decoder.decode(empty()) == []


def test_the_smallest_picture_holds_nothing(decoder: Decoder) -> None:
    assert decoder.decode(numpy.zeros((1, 1), dtype=numpy.uint8)) == []


def test_the_picture_is_left_as_it_was(decoder: Decoder, tmp_path: Path) -> None:
    picture = qr("KEEP", tmp_path)
    before = picture.copy()
    decoder.decode(picture)
    assert numpy.array_equal(picture, before)


def test_binary_content_comes_out_byte_for_byte_and_is_no_text(tmp_path: Path) -> None:
    content = bytes(range(128, 256))
    (symbol,) = Zxing().decode(qr(content, tmp_path))
    assert (symbol.text, symbol.data) == (None, content)


@NEEDS_ZBAR
def test_zbar_says_nothing_rather_than_mangled_bytes(tmp_path: Path) -> None:
    assert Zbar().decode(qr(bytes(range(128, 256)), tmp_path)) == []


def test_the_second_decoder_is_asked_only_when_the_first_saw_nothing(tmp_path: Path) -> None:
    first, second = Marks(), Marks()
    decode_picture(Marks.draw("A"), [first, second])
    assert (first.asked, second.asked) == (1, 0)
    decode_picture(empty(), [first, second])
    assert (first.asked, second.asked) == (2, 1)
