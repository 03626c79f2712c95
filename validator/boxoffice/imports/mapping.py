"""What the organiser says about a reseller's file, and the tickets that its rows then are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, Self

from validator.bounds import LONGEST_SEAT
from validator.boxoffice.imports.codes import code_of
from validator.boxoffice.imports.dialect import SEPARATOR_NAMES, SEPARATORS, Dialect, Encoding
from validator.boxoffice.imports.names import CatalogueNames
from validator.boxoffice.imports.problems import BadRow, Problem
from validator.boxoffice.records.customer_index import folded
from validator.errors import FixRequest
from validator.wire.fields import Fields

MOST_COLUMNS = 200
"""Columns that are looked at."""

MOST_SKIPPED = 1000
"""Rows that may be left out at either end."""

WITHDRAWN = (
    "cancelled",
    "canceled",
    "withdrawn",
    "void",
    "refunded",
    "annule",
    "annulee",
    "retire",
    "rembourse",
    "storniert",
    "annulliert",
    "anulado",
    "anulada",
    "cancelado",
    "annullato",
    "rimborsato",
)
"""What resellers write of a ticket that they took back; case and accents don't matter."""

_SIGNS = {SEPARATOR_NAMES[sign]: sign for sign in SEPARATORS}
_MOST_WORDS = 50
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Columns:
    """Places of columns, from 0; None = there is no such column, or it isn't wanted.

    Args:
        barcode: The only one that a file must have.
        performance: Number, name or date of the performance.
        tariff: Number or name.
        zone: Number or name.
        seat: As printed.
        status: Whether the reseller took the ticket back.
    """

    barcode: int
    performance: int | None = None
    tariff: int | None = None
    zone: int | None = None
    seat: int | None = None
    status: int | None = None


OPTIONAL = ("performance", "tariff", "zone", "seat", "status")
"""Names of the columns that a file may have."""


@dataclass(frozen=True, slots=True)
class RowSelection:
    """How rows are taken from a file.

    Args:
        dialect: How it is written.
        first: Rows to leave out at the beginning.
        last: Rows to leave out at the end.
    """

    dialect: Dialect = field(default_factory=Dialect)
    first: int = 0
    last: int = 0

    @classmethod
    def read(cls, fields: Fields, default: Dialect) -> Self:
        """Read `encoding`, `separator`, `first` and `last`; any of them may be missing.

        Raises:
            FixRequest: One of them is wrong.
        """
        separator = default.separator
        if fields.has("separator"):
            separator = _SIGNS.get(fields.text("separator", 9), "")
        if not separator:
            names = ", ".join(_SIGNS)
            raise FixRequest(f"The body: 'separator' must be one of {names}.")
        return cls(
            Dialect(
                fields.choice("encoding", Encoding) if fields.has("encoding") else default.encoding,
                separator,
            ),
            fields.maybe_integer("first", 0, MOST_SKIPPED) or 0,
            fields.maybe_integer("last", 0, MOST_SKIPPED) or 0,
        )


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What a file's rows are.

    Args:
        distributor: Who sold them.
        rows: How they are taken from the file.
        columns: What stands where.
        performance: Scope of rows that don't name one; None = each must.
        tariff: Of rows that don't name one; None = each must.
        zone: Bit number of rows that don't name one; None = all zones.
        digits: Digits that a code of digits has at least, 1 to 48; None = as it stands there.
        withdrawn: Words in the status column that mean: taken back.
        cancel_missing: Cancel what is listed for this distributor and not in the file.
    """

    distributor: str
    rows: RowSelection
    columns: Columns
    performance: int | None
    tariff: int | None
    zone: int | None = None
    digits: int | None = None
    withdrawn: tuple[str, ...] = WITHDRAWN
    cancel_missing: bool = False

    @classmethod
    def read(cls, fields: Fields, default: Dialect) -> Self:
        """Read a mapping; its names are those of the attributes.

        Raises:
            FixRequest: A field is missing or wrong.
        """
        columns = fields.part("columns")
        places = {name: columns.maybe_integer(name, 0, MOST_COLUMNS - 1) for name in OPTIONAL}
        words = fields.array("withdrawn", _MOST_WORDS) if fields.has("withdrawn") else WITHDRAWN
        if not all(isinstance(word, str) and 0 < len(word) <= 40 for word in words):
            raise FixRequest("The body: 'withdrawn' must be a list of words.")
        return cls(
            distributor=" ".join(fields.text("distributor", _LONGEST_NAME).split()),
            rows=RowSelection.read(fields, default),
            columns=Columns(columns.integer("barcode", 0, MOST_COLUMNS - 1), **places),
            performance=fields.maybe_integer("performance", 1, 0xFFFF_FFFF),
            tariff=fields.maybe_integer("tariff", 1, 0xFFFF),
            zone=fields.maybe_integer("zone", 0, 31),
            digits=fields.maybe_integer("digits", 1, 48),
            withdrawn=tuple(str(word) for word in words),
            cancel_missing=fields.has("cancel_missing") and fields.flag("cancel_missing"),
        )


class ListedTicket(NamedTuple):
    """What a row says.

    Args:
        text: Canonical code.
        scope: Performance.
        tariff: Tariff number.
        zone: Bit number; None = all.
        seat: As printed; None = free seating.
        withdrawn: The reseller took it back.
    """

    text: str
    scope: int
    tariff: int
    zone: int | None
    seat: str | None
    withdrawn: bool


class RowReader:
    """Reads rows by a mapping.

    Args:
        mapping: What stands where.
        names: Of the catalogue.
        headings: Cells that stand above the barcodes.
    """

    def __init__(
        self, mapping: ColumnMapping, names: CatalogueNames, headings: Sequence[str]
    ) -> None:
        self._mapping = mapping
        self._columns = mapping.columns
        self._headings = frozenset(_folded(heading) for heading in headings) - {""}
        self._words = frozenset(folded(word) for word in mapping.withdrawn)
        # Of a column's cells, few differ.
        self._performance = lru_cache(1000)(names.performance)
        self._tariff = lru_cache(1000)(names.tariff)
        self._zone = lru_cache(1000)(names.zone)

    def read(self, cells: Sequence[str]) -> ListedTicket:
        """Read a row that is not blank.

        Raises:
            BadRow: It can't be listed.
        """
        columns, mapping = self._columns, self._mapping
        if len(cells) <= columns.barcode:
            raise BadRow(Problem.SHORT_ROW)
        barcode = cells[columns.barcode]
        if _folded(barcode) in self._headings:
            raise BadRow(Problem.HEADING)
        text = code_of(barcode, mapping.digits)
        cell = _cell(cells, columns.performance)
        scope = self._performance(cell) if cell else mapping.performance
        if scope is None:
            raise BadRow(Problem.PERFORMANCE, "-")
        cell = _cell(cells, columns.tariff)
        tariff = self._tariff(cell) if cell else mapping.tariff
        if tariff is None:
            raise BadRow(Problem.TARIFF, "-")
        cell = _cell(cells, columns.zone)
        zone = self._zone(scope, cell) if cell else mapping.zone
        seat = _cell(cells, columns.seat)
        if len(seat) > LONGEST_SEAT:
            raise BadRow(Problem.SEAT)
        status = _cell(cells, columns.status)
        withdrawn = bool(status) and folded(status) in self._words
        return ListedTicket(text, scope, tariff, zone, seat or None, withdrawn)


def _cell(cells: Sequence[str], place: int | None) -> str:
    return cells[place].strip() if place is not None and place < len(cells) else ""


def _folded(cell: str) -> str:
    return cell.strip().casefold()
