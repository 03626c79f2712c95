"""Events, performances, zones and tariffs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from validator.boxoffice.database import Database, Transaction
from validator.boxoffice.records.program import AnnouncedPerformance, Program, check_times
from validator.errors import FixRequest
from validator.model import IssuerKey, KeyState, Performance, Shape, Source, Tariff

SOURCE = "boxoffice"
"""Id of this ticketing system, as in `Ticket.source`."""

_NAME = "Box office"


@dataclass(frozen=True, slots=True)
class Event:
    """What is played.

    Args:
        id: Short, in URLs.
        name: For people.
        zones: Name by bit number.
        performances: In order of their start.
    """

    id: str
    name: str
    zones: Mapping[int, str]
    performances: tuple[Performance, ...]


class Catalogue:
    """Events, performances, zones and tariffs, as they are announced and asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, program: Program) -> Event:
        """Add what is announced, or change it; all of it or nothing.

        Announced again, it is the same event: a performance without a scope is the one of the
        same name and start, if there is one. What is left out stays, tickets may be sold for it.

        Raises:
            FixRequest: A performance's scope belongs to another event.
        """
        with self._database.write() as transaction:
            _put_event(transaction, program.id, program.name, program.zones)
            for tariff in program.tariffs:
                _put_tariff(transaction, tariff)
            # Chosen numbers first, so that a new one is none of them.
            for show in sorted(program.performances, key=lambda show: show.scope is None):
                _put_performance(transaction, _performance(transaction, program.id, show))
            return _event(transaction, program.id, program.name)

    def put_event(self, id: str, name: str, zones: Mapping[int, str]) -> None:
        """Add an event, or change its name and add zones.

        Args:
            id: Short, in URLs.
            name: For people.
            zones: Name by bit number 0 to 31.

        Raises:
            FixRequest: A zone's number is out of range.
        """
        with self._database.write() as transaction:
            _put_event(transaction, id, name, zones)

    def put_performance(self, performance: Performance) -> None:
        """Add a performance of a known event, or change it.

        Raises:
            FixRequest: Its event is not there, its times are out of order, or its time zone is
                unknown.
        """
        with self._database.write() as transaction:
            _put_performance(transaction, performance)

    def put_tariff(self, tariff: Tariff) -> None:
        """Add a tariff, or change its texts."""
        with self._database.write() as transaction:
            _put_tariff(transaction, tariff)

    def events(self) -> tuple[Event, ...]:
        """Return every event with its zones and performances."""
        with self._database.read() as transaction:
            return tuple(
                _event(transaction, row["id"], row["name"])
                for row in transaction.rows("SELECT id, name FROM events ORDER BY id")
            )

    def tariffs(self) -> tuple[Tariff, ...]:
        """Return every tariff, by number."""
        with self._database.read() as transaction:
            found = transaction.rows("SELECT id FROM tariffs ORDER BY id")
            return tuple(tariff_of(transaction, row["id"]) for row in found)

    def next_scope(self) -> int:
        """Return a number that no performance has yet."""
        with self._database.read() as transaction:
            scope = transaction.value("SELECT ifnull(max(scope), 0) + 1 FROM performances")
            return int(scope)


def performance_of(transaction: Transaction, scope: int) -> Performance:
    """Return a performance.

    Raises:
        FixRequest: There is none with this number.
    """
    row = transaction.row("SELECT * FROM performances WHERE scope = ?", scope)
    if row is None:
        raise FixRequest(f"There is no performance {scope}.")
    return Performance(
        row["scope"],
        row["event"],
        row["name"],
        row["doors"],
        row["start"],
        row["finish"],
        row["timezone"],
        row["cutoff_min"],
    )


def tariff_of(transaction: Transaction, id: int) -> Tariff:
    """Return a tariff.

    Raises:
        FixRequest: There is none with this number.
    """
    row = transaction.row("SELECT * FROM tariffs WHERE id = ?", id)
    if row is None:
        raise FixRequest(f"There is no tariff {id}.")
    return Tariff(row["id"], json.loads(row["name"]), row["icon"], json.loads(row["attention"]))


def zone_name(transaction: Transaction, scope: int, bit: int | None) -> str:
    """Return a zone's name; empty for all zones.

    Raises:
        FixRequest: The performance's event has no such zone.
    """
    if bit is None:
        return ""
    name = transaction.value(
        "SELECT zones.name FROM zones JOIN performances USING (event) WHERE scope = ? AND bit = ?",
        scope,
        bit,
    )
    if name is None:
        raise FixRequest(f"Performance {scope} has no zone {bit}.")
    return str(name)


def source_of(transaction: Transaction) -> Source:
    """Return what we answer for: our name, and the forms of resellers' codes that we list."""
    shapes = transaction.rows(
        "SELECT DISTINCT symbology, length(text) AS length FROM codes WHERE serial IS NULL"
        " ORDER BY 1, 2"
    )
    return Source(SOURCE, _NAME, tuple(Shape(row["symbology"], row["length"]) for row in shapes))


def key_of(transaction: Transaction, kid: int) -> IssuerKey:
    """Return the public half of an issuer key; the active one may sign for all that we play.

    Raises:
        FixRequest: There is none with this number.
    """
    row = transaction.row("SELECT * FROM issuer_keys WHERE kid = ?", kid)
    if row is None:
        raise FixRequest(f"There is no issuer key {kid}.")
    state = KeyState(row["state"])
    scopes = (
        transaction.rows("SELECT scope FROM performances ORDER BY scope")
        if state is KeyState.ACTIVE
        else transaction.rows("SELECT DISTINCT scope FROM codes WHERE kid = ? ORDER BY scope", kid)
    )
    return IssuerKey(kid, row["public"], state, tuple(scope["scope"] for scope in scopes), SOURCE)


def _zones(transaction: Transaction, event: str) -> dict[int, str]:
    rows = transaction.rows("SELECT bit, name FROM zones WHERE event = ? ORDER BY bit", event)
    return {row["bit"]: row["name"] for row in rows}


def _performances(transaction: Transaction, event: str) -> tuple[Performance, ...]:
    rows = transaction.rows(
        "SELECT scope FROM performances WHERE event = ? AND scope NOT IN"
        " (SELECT scope FROM passes) ORDER BY start, scope",
        event,
    )
    return tuple(performance_of(transaction, row["scope"]) for row in rows)


def _event(transaction: Transaction, id: str, name: str) -> Event:
    return Event(id, name, _zones(transaction, id), _performances(transaction, id))


def _performance(transaction: Transaction, event: str, show: AnnouncedPerformance) -> Performance:
    scope = show.scope or transaction.value(
        "SELECT coalesce((SELECT min(scope) FROM performances"
        " WHERE event = ? AND name = ? AND start = ?),"
        " (SELECT ifnull(max(scope), 0) + 1 FROM performances))",
        event,
        show.name,
        show.start,
    )
    owner = transaction.value("SELECT event FROM performances WHERE scope = ?", scope)
    if owner not in (None, event):
        raise FixRequest(f"'scope' {scope} is a performance of another event. Leave it out.")
    return Performance(
        scope, event, show.name, show.doors, show.start, show.end, show.zone, show.cutoff_min
    )


def _put_event(transaction: Transaction, id: str, name: str, zones: Mapping[int, str]) -> None:
    transaction.run(
        "INSERT INTO events VALUES (?, ?) ON CONFLICT DO UPDATE SET name = excluded.name",
        id,
        name,
    )
    for bit, zone in zones.items():
        transaction.run(
            "INSERT INTO zones VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET name = excluded.name",
            id,
            bit,
            zone,
        )


def _put_performance(transaction: Transaction, show: Performance) -> None:
    if is_pass(transaction, show.scope):
        raise FixRequest(f"Number {show.scope} is a pass. Leave the performance's number out.")
    put_performance_row(transaction, show)
    transaction.run(
        "UPDATE performances SET finish = max(finish, ?) WHERE scope IN"
        " (SELECT pass FROM pass_performances WHERE scope = ?)",
        show.end,
        show.scope,
    )
    transaction.append_change("performance", show.scope)


def is_pass(transaction: Transaction, scope: int) -> bool:
    """Tell whether a number is a pass's."""
    return transaction.row("SELECT 1 FROM passes WHERE scope = ?", scope) is not None


def put_performance_row(transaction: Transaction, show: Performance) -> None:
    """Write what performances and passes have in common, and let our keys sign for it.

    Raises:
        FixRequest: Its times are out of order, or its time zone is unknown.
    """
    check_times(f"Performance {show.scope}", show.doors, show.start, show.end, show.zone)
    transaction.run(
        "INSERT INTO performances (scope, event, name, doors, start, finish, timezone,"
        " cutoff_min) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " event = excluded.event, name = excluded.name, doors = excluded.doors,"
        " start = excluded.start, finish = excluded.finish,"
        " timezone = excluded.timezone, cutoff_min = excluded.cutoff_min",
        show.scope,
        show.event,
        show.name,
        show.doors,
        show.start,
        show.end,
        show.zone,
        show.cutoff_min,
    )
    for row in transaction.rows("SELECT kid FROM issuer_keys WHERE state = 'active'"):
        transaction.append_change("key", row["kid"])


def _put_tariff(transaction: Transaction, tariff: Tariff) -> None:
    transaction.run(
        "INSERT INTO tariffs VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " name = excluded.name, icon = excluded.icon, attention = excluded.attention",
        tariff.id,
        json.dumps(dict(tariff.name), ensure_ascii=False),
        tariff.icon,
        json.dumps(dict(tariff.attention), ensure_ascii=False),
    )
    transaction.append_change("tariff", tariff.id)
