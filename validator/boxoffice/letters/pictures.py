"""Tickets as pictures: the code, and what a person wants to read beside it."""

from __future__ import annotations

import io
import unicodedata
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from validator.boxoffice.database import Transaction
from validator.boxoffice.letters.symbols import Symbol, symbol_of
from validator.boxoffice.model import SoldTicket
from validator.boxoffice.records.catalogue import is_pass, performance_of, tariff_of, zone_name
from validator.boxoffice.records.program import local_time
from validator.clock import Instant
from validator.model import Performance, Tariff

_WIDTH, _MARGIN, _GAP = 1000, 40, 40
_TEXT_WIDTH, _LEADING = 460, 1.5
_QR_SCALE = 8
_BAR_SCALE, _BAR_HEIGHT = 3, 220
_INK, _SOFT, _PAPER = "#10161c", "#4a5660", "#ffffff"

_LETTERS = {"ß": "ss", "Œ": "OE", "œ": "oe", "Æ": "AE", "æ": "ae", "Ø": "O", "ø": "o", "–": "-"}


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    size: int
    colour: str = _INK


@dataclass(frozen=True, slots=True)
class PrintedTicket:
    """What stands on a ticket.

    Args:
        performance: Name, day and doors.
        tariff: Its English name is printed.
        zone: Name; empty = all zones.
        ticket: Seat, number and code.
        dated: It is for this performance; a pass is for several.
    """

    performance: Performance
    tariff: Tariff
    zone: str
    ticket: SoldTicket
    dated: bool = True


def printed_ticket(transaction: Transaction, ticket: SoldTicket) -> PrintedTicket:
    """Gather what stands on a ticket."""
    return PrintedTicket(
        performance=performance_of(transaction, ticket.scope),
        tariff=tariff_of(transaction, ticket.tariff),
        zone=zone_name(transaction, ticket.scope, ticket.zone),
        ticket=ticket,
        dated=not is_pass(transaction, ticket.scope),
    )


def draw_ticket(printed: PrintedTicket) -> bytes:
    """Draw a ticket.

    Returns:
        PNG, 1,000 pixels wide; a module of the QR code has 8 pixels, of a bar code 3.
    """
    code = printed.ticket.code
    beside = code.symbology == "qrcode"
    drawn = symbol_of(code)
    symbol = _qr(drawn) if beside else _bars(drawn, code.text)
    left = _MARGIN + symbol.width + _GAP if beside else _MARGIN
    width = max(_WIDTH, symbol.width + 2 * _MARGIN, left + (_TEXT_WIDTH if beside else 0))
    lines = _lines(printed, width - _MARGIN - left)
    text_height = sum(round(line.size * _LEADING) for line in lines)
    symbol_top = _MARGIN if beside else _MARGIN + text_height + _GAP
    height = max(symbol_top + symbol.height, _MARGIN + text_height) + _MARGIN
    sheet = Image.new("RGB", (width, height), _PAPER)
    sheet.paste(symbol, (_MARGIN if beside else (width - symbol.width) // 2, symbol_top))
    draw, top = ImageDraw.Draw(sheet), _MARGIN
    for line in lines:
        draw.text((left, top), line.text, fill=line.colour, font=_font(line.size))
        top += round(line.size * _LEADING)
    file = io.BytesIO()
    sheet.save(file, "PNG")
    return file.getvalue()


def _qr(symbol: Symbol) -> Image.Image:
    sheet = Image.new("L", (symbol.width * _QR_SCALE, symbol.height * _QR_SCALE), 255)
    draw = ImageDraw.Draw(sheet)
    for left, top, width, height in symbol.dark:
        right, bottom = (left + width) * _QR_SCALE - 1, (top + height) * _QR_SCALE - 1
        draw.rectangle((left * _QR_SCALE, top * _QR_SCALE, right, bottom), fill=0)
    return sheet


def _bars(symbol: Symbol, text: str) -> Image.Image:
    sheet = Image.new("L", (symbol.width * _BAR_SCALE, _BAR_HEIGHT + 40), 255)
    draw = ImageDraw.Draw(sheet)
    for left, _, width, _ in symbol.dark:
        right = (left + width) * _BAR_SCALE - 1
        draw.rectangle((left * _BAR_SCALE, 0, right, _BAR_HEIGHT), fill=0)
    draw.text((sheet.width / 2, _BAR_HEIGHT + 22), text, fill=0, font=_font(26), anchor="mm")
    return sheet


def _lines(printed: PrintedTicket, width: int) -> list[_Line]:
    show, ticket = printed.performance, printed.ticket
    place = [part for part in (printed.zone, ticket.seat) if part]
    people = f" - admits {ticket.admits}" if ticket.admits > 1 else ""
    hours = f"Doors {_hour(show.doors, show.zone)}, start {_hour(show.start, show.zone)}"
    days = [_Line(_day(show.start, show.zone), 30), _Line(hours, 26, _SOFT)]
    lines = [
        *_wrapped(show.name, 44, width),
        *(days if printed.dated else []),
        _Line(_legible(_tariff_name(printed.tariff) + people), 30),
        *_wrapped(", ".join(place) or "Free seating", 30, width),
        _Line(f"No {ticket.number}", 34),
    ]
    if ticket.distributor:
        lines.append(_Line(_legible(f"Sold by {ticket.distributor}"), 22, _SOFT))
    return lines


def _wrapped(text: str, size: int, width: int) -> list[_Line]:
    """Break a text into at most three lines."""
    font, lines = _font(size), [""]
    for word in _legible(text).split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return [_Line(line, size) for line in lines[:3]]


def _legible(text: str) -> str:
    """Replace what the built-in typeface has no glyph for, such as accents, by plain letters."""
    apart = unicodedata.normalize("NFKD", "".join(_LETTERS.get(sign, sign) for sign in text))
    bare = (sign for sign in apart if not unicodedata.combining(sign))
    return "".join(sign if sign.isascii() else "?" for sign in bare)


def _tariff_name(tariff: Tariff) -> str:
    return tariff.name.get("en") or next(iter(tariff.name.values()), f"Tariff {tariff.id}")


def _day(instant: Instant, zone: str) -> str:
    return f"{local_time(instant, zone):%a %d %B %Y}"


def _hour(instant: Instant, zone: str) -> str:
    return f"{local_time(instant, zone):%H:%M}"


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
