"""Tickets as pictures, read back by a decoder."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
import zxingcpp
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from doubles.boxoffice.box import SEAT, STANDING
from validator.boxoffice import BoxOffice
from validator.boxoffice.records.barcodes import (
    code128_bars,
    ean13_bars,
    ean13_check_digit,
    is_code128,
)


def decoded(png: bytes) -> list[tuple[str, zxingcpp.BarcodeFormat]]:
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)))
    return [(code.text, code.format) for code in found]


def drawn(widths: tuple[int, ...]) -> Image.Image:
    modules = [0] * 12
    for place, width in enumerate(widths):
        modules += [1 - place % 2] * width
    row = bytes(0 if module else 255 for module in [*modules, *[0] * 12] for _ in range(2))
    return Image.frombytes("L", (len(row), 40), row * 40)


def test_a_tickets_qr_code_is_its_token(office: BoxOffice) -> None:
    (ticket,) = office.orders.sell("Ada", "", [replace(SEAT, admits=4)]).tickets
    png = office.tickets.picture(ticket.number)
    assert png.startswith(b"\x89PNG")
    assert decoded(png) == [(ticket.code.text, zxingcpp.BarcodeFormat.QRCode)]


def test_a_reissued_ticket_is_drawn_with_its_new_code(office: BoxOffice) -> None:
    (ticket,) = office.orders.sell("Ada", "", [SEAT]).tickets
    again = office.tickets.reissue(ticket.number)
    assert decoded(office.tickets.picture(ticket.number))[0][0] == again.code.text


@pytest.mark.parametrize(
    ("text", "symbology", "format"),
    [
        ("4006381333931", "ean13", zxingcpp.BarcodeFormat.EAN13),
        ("BLT-00001-00001", "code128", zxingcpp.BarcodeFormat.Code128),
        ("a~ !{}" + "x" * 42, "code128", zxingcpp.BarcodeFormat.Code128),
    ],
)
def test_a_resellers_ticket_is_drawn_as_its_bar_code(
    office: BoxOffice, text: str, symbology: str, format: zxingcpp.BarcodeFormat
) -> None:
    order = office.orders.list_codes("Billetor", STANDING, [(text, symbology)])
    assert decoded(office.tickets.picture(order.tickets[0].number)) == [(text, format)]


def test_long_and_accented_names_do_not_break_a_ticket(office: BoxOffice) -> None:
    (show,) = office.catalogue.events()[0].performances[:1]
    office.catalogue.put_performance(replace(show, name="Évènement spécial à l’œuvre 🎻 " * 6))
    (ticket,) = office.orders.sell("Ada", "", [SEAT]).tickets
    assert decoded(office.tickets.picture(ticket.number))[0][0] == ticket.code.text


@settings(max_examples=40)
@given(st.text("0123456789", min_size=12, max_size=12))
def test_any_ean13_is_read_back(digits: str) -> None:
    text = digits + ean13_check_digit(digits)
    found = zxingcpp.read_barcode(drawn(ean13_bars(text)))
    assert found is not None
    assert found.text == text


@settings(max_examples=60)
@given(st.text([chr(sign) for sign in range(32, 127)], min_size=1, max_size=48).filter(is_code128))
@example("Tj(90I?_l")  # Whoever looks for everything finds an EAN-13 in its bars.
def test_any_code128_is_read_back(text: str) -> None:
    bars = drawn(code128_bars(text))
    found = zxingcpp.read_barcode(
        bars, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.Code128])
    )
    assert found is not None
    assert found.text == text
