import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from validator.bounds import LONGEST_CODE
from validator.errors import TokenError
from validator.formats.infomaniak import ticket_code
from validator.formats.layout import wrong_layout
from validator.formats.plain import canonical
from validator.formats.scanned import Scanned, clean
from validator.model import Reason

# What people and decoders put around codes, so that chance finds combinations of it.
marks = "\\000026,]Q3,]C1,]E0,]E4,20,^,E1:,036000291452,0,A,\\,],é,.".split(",")
texts = st.lists(st.sampled_from([*marks, *"\r\n\t\x1d \ud800\x00"]) | st.text(max_size=4)).map(
    "".join
)
symbologies = st.sampled_from([None, "upca", "ean13", "qrcode", "code128"])


def refused(text: str, symbology: str | None = None) -> bool:
    with pytest.raises(TokenError) as caught:
        clean(text, symbology)
    return caught.value.reason == Reason.MALFORMED


@pytest.mark.parametrize("end", ["", "\r", "\n", "\r\n", "\t", "\x1d", "\x1d\r\n\t"])
def test_line_ends_tabs_and_group_separators_around_a_code_fall_away(end: str) -> None:
    assert clean("00000000A" + end) == Scanned("00000000A", None)
    assert clean(end + "00000000A", "code128") == Scanned("00000000A", "code128")


def test_what_stands_inside_a_code_stays() -> None:
    assert clean("A\x1dB C\n").text == "A\x1dB C"


def test_blanks_are_characters_of_a_code() -> None:
    assert clean(" A ").text == " A "


@pytest.mark.parametrize(
    "text", ["", " ", "\r\n", "\t \x1d", "]Q3", "\\000026\r\n", "]C1\\000026 "]
)
def test_a_blank_scan_is_malformed(text: str) -> None:
    assert refused(text)


@pytest.mark.parametrize("mark", ["\\000026", "\\000003", "\\000899", "\\000026\\000003"])
def test_an_eci_mark_falls_away(mark: str) -> None:
    assert clean(mark + "ABC", "qrcode").text == "ABC"


@pytest.mark.parametrize(
    "text", ["\\00026ABC", "\\100026ABC", "\\\\000026", "A\\000026", "\\000०२६"]
)
def test_a_code_that_only_resembles_an_eci_mark_stays(text: str) -> None:
    assert clean(text, "qrcode").text == text


@pytest.mark.parametrize(
    ("mark", "symbology"),
    [
        ("]Q3", "qrcode"),
        ("]C1", "code128"),
        ("]E0", "ean13"),
        ("]E4", "ean8"),
        ("]d2", "datamatrix"),
        ("]z3", "aztec"),
        ("]L0", "pdf417"),
        ("]I0", "itf"),
        ("]A0", "code39"),
    ],
)
def test_a_scanners_symbology_identifier_names_the_symbology(mark: str, symbology: str) -> None:
    assert clean(mark + "12345") == Scanned("12345", symbology)


def test_a_decoder_that_names_the_symbology_adds_no_identifier() -> None:
    assert clean("]C112345", "code128") == Scanned("]C112345", "code128")


@pytest.mark.parametrize("text", ["]]]", "]X112345", "]q012345", "]C", "]C-1", "A]C1"])
def test_a_code_that_only_resembles_an_identifier_stays(text: str) -> None:
    assert clean(text) == Scanned(text, None)


def test_identifier_and_eci_mark_come_together() -> None:
    assert clean("]Q4\\000026Zürich\r\n") == Scanned("Zürich", "qrcode")


def test_a_text_longer_than_any_symbol_is_malformed() -> None:
    assert clean("A" * LONGEST_CODE).text == "A" * LONGEST_CODE
    assert refused("A" * (LONGEST_CODE + 1))
    assert refused("\n" * 10_000_000)


def test_bytes_that_were_no_text_are_malformed() -> None:
    assert refused(b"\xff\xfe".decode("utf-8", "surrogateescape"), "qrcode")


@given(texts, symbologies)
@example("\\000026]Q1\\000026ABC", None)
@example("]E0036000291452", None)
@example("20036000291452^^", "ean13")
def test_cleaning_what_is_clean_changes_nothing(text: str, symbology: str | None) -> None:
    try:
        once = canonical(clean(text, symbology))
    except TokenError as error:
        assert error.reason == Reason.MALFORMED
        return
    assert canonical(clean(*once)) == once


def test_infomaniaks_qr_text_is_the_code_inside() -> None:
    text = "2000000000A^0^100000000"
    assert ticket_code(text) == "00000000A"
    assert canonical(Scanned(text, "qrcode")) == Scanned("00000000A", "qrcode")


@pytest.mark.parametrize(
    "text",
    [
        "00000000A",
        "2000000000A",
        "20^0^1",
        "2000000000A^0",
        "2000000000A^0^1^2",
        "2100000000A^0^1",
        "2000 000^0^1",
        "20é^0^1",
        "2000000000A^0^1\n",
        "20" + "0" * 65 + "^0^1",
    ],
)
def test_a_text_of_another_form_is_not_infomaniaks(text: str) -> None:
    assert ticket_code(text) is None
    assert canonical(Scanned(text, "qrcode")).text == text


@pytest.mark.parametrize(
    ("text", "symbology"),
    [("036000291452", "upca"), ("036000291452", "ean13"), ("0036000291452", "ean13")],
)
def test_upc_a_and_ean_13_of_one_symbol_are_one_code(text: str, symbology: str) -> None:
    assert canonical(Scanned(text, symbology)) == Scanned("0036000291452", "ean13")


@pytest.mark.parametrize(
    ("text", "symbology"),
    [
        ("036000291452", None),
        ("036000291452", "code128"),
        ("036000291453", "upca"),
        ("03600029145", "upca"),
        ("03600029145२", "upca"),
        ("4006381333931", "ean13"),
    ],
)
def test_no_other_ticket_is_taken_for_an_ean_13(text: str, symbology: str | None) -> None:
    assert canonical(Scanned(text, symbology)) == Scanned(text, symbology)


@pytest.mark.parametrize(
    ("prefix", "name"),
    [
        ("E&M", "French"),
        ("E1Ö", "German"),
        ("e1ö", "German"),
        ("E1é", "Swiss German"),
        ("E1ö", "Swiss French"),
        ("e1Ö", "Swiss French"),
        ("E1ç", "Italian"),
        ("E1Ñ", "Spanish"),
        ("E1Ç", "Portuguese"),
    ],
)
def test_a_wrong_keyboard_layout_is_named(prefix: str, name: str) -> None:
    assert name in (wrong_layout(prefix + "0" * 112) or "")


def test_a_short_code_that_begins_like_a_mistyped_token_is_looked_up() -> None:
    assert wrong_layout("E&M-0012345") is None


def test_the_right_layout_is_not_blamed() -> None:
    assert wrong_layout("E1:" + "0" * 112) is None
