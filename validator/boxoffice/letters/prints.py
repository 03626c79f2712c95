"""Tickets on paper: one page each, as PDF, for thermal printers and for A4."""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib import resources
from typing import TYPE_CHECKING

from validator.boxoffice.database import Database, Transaction
from validator.boxoffice.letters.pictures import PrintedTicket, printed_ticket
from validator.boxoffice.letters.symbols import symbol_of
from validator.boxoffice.model import Code, Order, Refused, TicketState
from validator.boxoffice.records.order_rows import order_of, ticket_of
from validator.boxoffice.records.program import local_time
from validator.errors import FixRequest

if TYPE_CHECKING:
    from fpdf import FPDF

_TYPEFACE = "NotoSans"
"""Is in every file: a printer's or a reader's own typefaces are of other widths, or none."""

_LONGEST = 60
"""Characters of a name that are printed."""

_LEADING_MM = 0.5
"""From line to line, for each point that letters are high."""

_FOOT_MM, _SMALLER = 3, 0.95
"""What stays empty below the words, and how words that would not fit shrink."""

_WORDS = {
    "en": ("Order", "Doors", "Start", "Free seating"),
    "fr": ("Commande", "Portes", "Début", "Placement libre"),
    "de": ("Bestellung", "Einlass", "Beginn", "Freie Platzwahl"),
    "es": ("Pedido", "Puertas", "Inicio", "Sin numerar"),
    "it": ("Ordine", "Porte", "Inizio", "Posto libero"),
}


class PaperSize(StrEnum):
    """What a printer holds, by its size in millimetres."""

    A4 = "a4"
    LONG = "82x203.2"
    SHORT = "101.6x76.2"


@dataclass(frozen=True, slots=True)
class _Layout:
    """Places on a page, in millimetres from its upper left corner.

    Args:
        size: Width and height of the page.
        symbol: Left, top, and side of the square that the symbol fills.
        text: Left, top, and width of the words.
        scale: Of the words.
    """

    size: tuple[float, float]
    symbol: tuple[float, float, float]
    text: tuple[float, float, float]
    scale: float


_LAYOUTS = {
    PaperSize.A4: _Layout((210, 297), (20, 25, 75), (105, 28, 90), 1.2),
    PaperSize.LONG: _Layout((82, 203.2), (8, 12, 66), (8, 86, 66), 1.1),
    PaperSize.SHORT: _Layout((101.6, 76.2), (3, 13, 50), (55, 8, 44), 0.85),
}


class Prints:
    """Prints what is valid."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_order(self, number: int, paper: PaperSize) -> bytes:
        """Return the valid tickets of an order as PDF, a page each.

        Raises:
            FixRequest: There is no such order, or nothing of it is valid.
        """
        with self._database.read() as transaction:
            order = order_of(transaction, number)
            if not order.valid:
                raise Refused(
                    "nothing_to_print",
                    f"Order {number} has no valid ticket to print.",
                    order=number,
                )
            pages = [printed_ticket(transaction, ticket) for ticket in order.valid]
            return _pdf(transaction, order, pages, paper)

    def of_ticket(self, number: str, paper: PaperSize) -> bytes:
        """Return one ticket as PDF.

        Raises:
            FixRequest: There is no such ticket, or it is not valid.
        """
        with self._database.read() as transaction:
            ticket = ticket_of(transaction, number)
            if ticket.state is not TicketState.VALID:
                raise FixRequest(f"Ticket {ticket.number} is {ticket.state}; it is not printed.")
            order = order_of(transaction, ticket.order)
            return _pdf(transaction, order, [printed_ticket(transaction, ticket)], paper)


def _pdf(
    transaction: Transaction, order: Order, pages: Sequence[PrintedTicket], paper: PaperSize
) -> bytes:
    # Loading it takes longer than most commands, and few of them print.
    from fpdf import FPDF
    from fpdf.fonts import TTFFont

    layout = _LAYOUTS[paper]
    pdf = FPDF(unit="mm", format=layout.size)
    pdf.set_creation_date(datetime.fromtimestamp(transaction.now / 1000, UTC))
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    fonts = resources.files("validator.boxoffice") / "fonts"
    for style, weight in (("", "Regular"), ("B", "Bold")):
        pdf.add_font(_TYPEFACE, style, str(fonts / f"{_TYPEFACE}-{weight}.ttf"))
    pdf.set_font(_TYPEFACE)
    font = pdf.current_font
    assert isinstance(font, TTFFont)
    for printed in pages:
        pdf.add_page()
        _draw_symbol(pdf, printed.ticket.code, layout)
        lines = [
            (_printable(text, font.cmap), points, bold)
            for text, points, bold in _lines(printed, order)
        ]
        scale = layout.scale
        while _write(pdf, lines, layout, scale, rehearsed=True) > layout.size[1] - _FOOT_MM:
            scale *= _SMALLER
        _write(pdf, lines, layout, scale)
    return bytes(pdf.output())


def _write(
    pdf: FPDF,
    lines: Sequence[tuple[str, float, bool]],
    layout: _Layout,
    scale: float,
    rehearsed: bool = False,
) -> float:
    """Write lines below one another, or find out first how far down they reach, in millimetres."""
    left, top, width = layout.text
    for text, points, bold in lines:
        pdf.set_font(_TYPEFACE, "B" if bold else "", points * scale)
        pdf.set_xy(left, top)
        height = pdf.multi_cell(
            width,
            points * scale * _LEADING_MM,
            text,
            align="L",
            dry_run=rehearsed,
            output="HEIGHT",
        )
        assert isinstance(height, float)
        top += height
    return top


def _draw_symbol(pdf: FPDF, code: Code, layout: _Layout) -> None:
    left, top, side = layout.symbol
    symbol = symbol_of(code)
    module = side / symbol.width
    pdf.set_fill_color(0)
    for x, y, across, down in symbol.dark:
        pdf.rect(left + x * module, top + y * module, across * module, down * module, style="F")


def _lines(printed: PrintedTicket, order: Order) -> Iterator[tuple[str, float, bool]]:
    """Yield text, size in points, and whether it is bold."""
    order_word, doors, start, free = _WORDS[order.language]
    show, ticket = printed.performance, printed.ticket
    yield show.name[:_LONGEST], 15, True
    if printed.dated:
        yield f"{local_time(show.start, show.zone):%d.%m.%Y}", 12, False
        opens, begins = local_time(show.doors, show.zone), local_time(show.start, show.zone)
        yield f"{doors} {opens:%H:%M}, {start} {begins:%H:%M}", 10, False
    names = printed.tariff.name
    tariff = names.get(order.language) or names.get("en") or next(iter(names.values()), "")
    yield f"{tariff} x {ticket.admits}" if ticket.admits > 1 else tariff, 12, False
    yield ", ".join(part for part in (printed.zone, ticket.seat) if part) or free, 12, True
    yield ticket.number, 13, True
    yield f"{order_word} {order.number}, {order.customer[:_LONGEST]}", 9, False


def _printable(text: str, letters: Container[int]) -> str:
    """Replace what the typeface lacks by plain letters."""
    return "".join(_letter(sign, letters) for sign in " ".join(text.split()))


def _letter(sign: str, letters: Container[int]) -> str:
    for written in (sign, unicodedata.normalize("NFKD", sign)[:1]):
        if written.isprintable() and ord(written) in letters:
            return written
    return "?"
