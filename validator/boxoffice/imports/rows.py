"""One row of a reseller's file, made a ticket to list."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from validator.boxoffice.imports.codes import code_of
from validator.boxoffice.imports.mapping import Plan
from validator.boxoffice.imports.names import Names
from validator.boxoffice.imports.problems import BadRow, Trouble
from validator.boxoffice.records.directory import plain

_LONGEST_SEAT = 40


class Listed(NamedTuple):
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
    """Reads rows by a plan.

    Args:
        plan: What stands where.
        names: Of the catalogue.
        headings: Cells that stand above the barcodes.
    """

    def __init__(self, plan: Plan, names: Names, headings: Sequence[str]) -> None:
        self._plan = plan
        self._columns = plan.columns
        self._headings = frozenset(_folded(heading) for heading in headings) - {""}
        self._words = frozenset(plain(word) for word in plan.withdrawn)
        # Of a column's cells, few differ.
        self._performance = lru_cache(1000)(names.performance)
        self._tariff = lru_cache(1000)(names.tariff)
        self._zone = lru_cache(1000)(names.zone)

    def read(self, cells: Sequence[str]) -> Listed:
        """Read a row that is not blank.

        Raises:
            BadRow: It can't be listed.
        """
        columns, plan = self._columns, self._plan
        if len(cells) <= columns.barcode:
            raise BadRow(Trouble.SHORT_ROW)
        barcode = cells[columns.barcode]
        if _folded(barcode) in self._headings:
            raise BadRow(Trouble.HEADING)
        text = code_of(barcode, plan.digits)
        cell = _cell(cells, columns.performance)
        scope = self._performance(cell) if cell else plan.performance
        if scope is None:
            raise BadRow(Trouble.PERFORMANCE, "-")
        cell = _cell(cells, columns.tariff)
        tariff = self._tariff(cell) if cell else plan.tariff
        if tariff is None:
            raise BadRow(Trouble.TARIFF, "-")
        cell = _cell(cells, columns.zone)
        zone = self._zone(scope, cell) if cell else plan.zone
        seat = _cell(cells, columns.seat)
        if len(seat) > _LONGEST_SEAT:
            raise BadRow(Trouble.SEAT)
        status = _cell(cells, columns.status)
        withdrawn = bool(status) and plain(status) in self._words
        return Listed(text, scope, tariff, zone, seat or None, withdrawn)


def _cell(cells: Sequence[str], place: int | None) -> str:
    return cells[place].strip() if place is not None and place < len(cells) else ""


def _folded(cell: str) -> str:
    return cell.strip().casefold()
