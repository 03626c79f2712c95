"""What people call performances, tariffs and zones, by the text of a cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from validator.boxoffice.database import Transaction
from validator.boxoffice.imports.problems import BadRow, Problem
from validator.boxoffice.records.catalogue import performance_of, tariff_of
from validator.boxoffice.records.customer_index import folded
from validator.boxoffice.records.program import local_time
from validator.model import Performance

_DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y")
_HOURS = ("", " %H:%M", "T%H:%M", " %Hh%M")


class CatalogueNames:
    """Looks cells up; a name that two things bear is nobody's.

    Args:
        transaction: Sees the catalogue.
    """

    def __init__(self, transaction: Transaction) -> None:
        scopes = transaction.rows("SELECT scope FROM performances")
        shows = [performance_of(transaction, row["scope"]) for row in scopes]
        tariffs = [
            tariff_of(transaction, row["id"]) for row in transaction.rows("SELECT id FROM tariffs")
        ]
        zones = transaction.rows(
            "SELECT scope, bit, zones.name FROM zones JOIN performances USING (event)"
        )
        self._shows = _index((name, show.scope) for show in shows for name in _called(show))
        self._tariffs = _index(
            (name, tariff.id)
            for tariff in tariffs
            for name in (str(tariff.id), *tariff.name.values())
        )
        self._zones = {
            show.scope: _index(
                (name, row["bit"])
                for row in zones
                if row["scope"] == show.scope
                for name in (str(row["bit"]), row["name"])
            )
            for show in shows
        }

    def performance(self, cell: str) -> int:
        """Return the scope of a performance called by number, name or local date.

        Raises:
            BadRow: There is none, or more than one.
        """
        return _found(self._shows, cell, Problem.PERFORMANCE)

    def tariff(self, cell: str) -> int:
        """Return a tariff's number.

        Raises:
            BadRow: There is none, or more than one.
        """
        return _found(self._tariffs, cell, Problem.TARIFF)

    def zone(self, scope: int, cell: str) -> int:
        """Return the bit number of a performance's zone.

        Raises:
            BadRow: There is none, or more than one.
        """
        return _found(self._zones.get(scope, {}), cell, Problem.ZONE)


def _called(show: Performance) -> Iterable[str]:
    local = local_time(show.start, show.zone)
    dates = (local.strftime(date + hour) for date in _DATES for hour in _HOURS)
    return (str(show.scope), show.name, *dates)


def _index(called: Iterable[tuple[str, int]]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    shared: set[str] = set()
    for name, id in called:
        key = folded(name)
        if found.setdefault(key, id) != id:
            shared.add(key)
    return {name: id for name, id in found.items() if name not in shared}


def _found(index: Mapping[str, int], cell: str, problem: Problem) -> int:
    found = index.get(folded(cell))
    if found is None:
        raise BadRow(problem, cell.strip()[:40])
    return found
