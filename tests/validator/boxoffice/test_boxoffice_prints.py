"""Tickets on paper."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PIL import Image, ImageDraw

from device.decoders import available, decode_picture
from doubles.box import FULL, SEAT, STANDING, TONIGHT
from validator.boxoffice import BoxOffice, Code, Item, Refund
from validator.boxoffice.prints import Paper, symbol_of
from validator.errors import FixRequest

POINTS_PER_MM = 72 / 25.4
SIZES_MM = {Paper.A4: (210, 297), Paper.LONG: (82, 203.2), Paper.SHORT: (101.6, 76.2)}


def pages(pdf: bytes) -> list[tuple[float, float]]:
    """Return the sizes of a PDF's pages in millimetres."""
    boxes = re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", pdf)
    (size,) = {(float(width) / POINTS_PER_MM, float(height) / POINTS_PER_MM)
               for width, height in boxes}  # fmt: skip
    return [size] * len(re.findall(rb"/Type /Page\n", pdf))


@pytest.mark.parametrize("paper", list(Paper))
def test_every_valid_ticket_has_a_page_of_the_printers_size(
    office: BoxOffice, paper: Paper
) -> None:
    order = office.orders.sell("Zoé Łukasz 東", "", [SEAT, STANDING, STANDING], language="fr")
    office.tickets.cancel([order.tickets[1].number], Refund.NONE, "unwell")
    whole = pages(office.prints.of_order(order.number, paper))
    assert len(whole) == 2
    assert whole[0] == pytest.approx(SIZES_MM[paper], abs=0.1)
    assert len(pages(office.prints.of_ticket(order.tickets[0].number, paper))) == 1


def test_the_same_ticket_is_the_same_file(office: BoxOffice) -> None:
    order = office.orders.sell("Ada", "", [SEAT])
    first, second = (office.prints.of_order(order.number, Paper.A4) for _ in range(2))
    assert first == second


def test_what_is_not_valid_is_not_printed(office: BoxOffice) -> None:
    order = office.orders.sell("Ada", "", [SEAT])
    office.orders.cancel(order.number, Refund.NONE, "unwell")
    with pytest.raises(FixRequest, match="no valid ticket"):
        office.prints.of_order(order.number, Paper.A4)
    with pytest.raises(FixRequest, match="is cancelled"):
        office.prints.of_ticket(order.tickets[0].number, Paper.SHORT)


@pytest.mark.parametrize("listed", [("4006381333931", "ean13"), ("BLT-00007-1", "code128"), None])
def test_what_is_drawn_is_read_as_the_code(
    office: BoxOffice, listed: tuple[str, str] | None
) -> None:
    item = Item(TONIGHT, FULL)
    if listed is None:
        order = office.orders.sell("Ada", "", [item])
    else:
        order = office.orders.list_codes("Billetor", item, [listed])
    code = order.tickets[0].code
    (symbol,) = decode_picture(painted(code), available())
    assert symbol.text == code.text


def painted(code: Code, scale: int = 6) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    width, height, dark = symbol_of(code)
    sheet = Image.new("L", (width * scale, height * scale + 80), 255)
    draw = ImageDraw.Draw(sheet)
    for left, top, across, down in dark:
        place = (left * scale, 40 + top * scale)
        end = ((left + across) * scale - 1, 40 + (top + down) * scale - 1)
        draw.rectangle((place, end), fill=0)
    return np.asarray(sheet)
