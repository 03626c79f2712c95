"""Live figures, folded from the journal and the uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from validator.clock import Instant, age_ms, iso
from validator.feed.names import CATALOGUE
from validator.gateway.store.port import Store
from validator.gateway.store.uses import Tally
from validator.model import Assurance, Catalogue, Decision, Direction
from validator.wire.rows import read_entry

ENTERED, LEFT = Direction.ENTRY.value, Direction.EXIT.value


def counts(store: Store, now: Instant, connected: int) -> dict[str, Any]:
    """Count people, verdicts and what is owed, ready for JSON.

    Reads the disk: call it in a thread.

    Args:
        store: The disk.
        now: Gateway's wall clock.
        connected: Lanes that have a link now.

    Raises:
        RetryLater: The store does not answer.
    """
    with store.reading() as session:
        rows = session.streams.rows(CATALOGUE)
        tallies, strays = session.uses.tallies(), session.uses.strays()
        shown = session.totals.shown()
        conflicts = session.totals.conflicts()
        as_of = session.sources.as_of()
        owed, refused = session.outbox.backlog(), session.outbox.refused()
        held = session.held.all()
        devices = session.devices.all()
        awaited = session.restoration.awaited()
    catalogue = Catalogue.of(tuple(read_entry(key, value) for key, value in rows))
    decisions, reasons, provisional = Counter[str](), Counter[str](), 0
    for row in shown:
        decisions[row.decision] += row.times
        reasons[row.reason] += row.times
        provisional += row.times if row.assurance == Assurance.PROVISIONAL else 0
    return {
        "at": iso(now),
        "performances": _performances(catalogue, tallies, strays),
        "gates": _gates(catalogue, tallies),
        "tariffs": _tariffs(catalogue, tallies),
        "distributors": _distributors(tallies),
        "decisions": {decision.value: decisions[decision.value] for decision in Decision},
        "reasons": dict(sorted(reasons.items())),
        "provisional": provisional,
        "conflicts": conflicts,
        "sources": [
            {"id": source.id, "name": source.name, "age_s": _age_s(as_of.get(source.id), now)}
            for source in catalogue.sources.values()
        ],
        "owed": dict(owed),
        "refused": dict(refused),
        "held": [
            {"source": row.source, "performance": row.scope, "count": row.count} for row in held
        ],
        "lanes": {
            "enrolled": sum(not device.revoked for device in devices),
            "connected": connected,
            "awaited": list(awaited),
        },
    }


def _people(tallies: Iterable[Tally], direction: str) -> int:
    return sum(tally.people for tally in tallies if tally.direction == direction)


def _performances(
    catalogue: Catalogue, tallies: tuple[Tally, ...], strays: Mapping[int, int]
) -> list[dict[str, Any]]:
    figures = []
    for scope, performance in sorted(catalogue.performances.items()):
        here = [tally for tally in tallies if tally.performance == scope]
        entered, left = _people(here, ENTERED), _people(here, LEFT)
        figures.append(
            {
                "scope": scope,
                "name": performance.name,
                "doors": iso(performance.doors),
                "start": iso(performance.start),
                "entered": entered,
                "left": left,
                "inside": entered - left + strays.get(scope, 0),
            }
        )
    return figures


def _gates(catalogue: Catalogue, tallies: tuple[Tally, ...]) -> list[dict[str, Any]]:
    known = {gate.id: gate.name for gate in catalogue.gates.values()}
    names = known | {tally.gate: tally.gate for tally in tallies if tally.gate not in known}
    figures = []
    for id, name in sorted(names.items()):
        here = [tally for tally in tallies if tally.gate == id]
        figures.append(
            {
                "id": id,
                "name": name,
                "entered": _people(here, ENTERED),
                "left": _people(here, LEFT),
            }
        )
    return figures


def _tariffs(catalogue: Catalogue, tallies: tuple[Tally, ...]) -> list[dict[str, Any]]:
    entered: Counter[tuple[int, int]] = Counter()
    for tally in tallies:
        if tally.direction == ENTERED and tally.tariff is not None:
            entered[tally.performance, tally.tariff] += tally.people
    return [
        {"scope": scope, "id": id, "name": _name(catalogue, id), "entered": people}
        for (scope, id), people in sorted(entered.items())
    ]


def _distributors(tallies: tuple[Tally, ...]) -> list[dict[str, Any]]:
    entered: Counter[str] = Counter()
    for tally in tallies:
        if tally.direction == ENTERED:
            entered[tally.distributor] += tally.people
    return [{"name": name, "entered": people} for name, people in sorted(entered.items())]


def _name(catalogue: Catalogue, tariff: int) -> str:
    found = catalogue.tariffs.get(tariff)
    if found is None:
        return str(tariff)
    return found.name.get("en") or next(iter(found.name.values()), str(tariff))


def _age_s(as_of: Instant | None, now: Instant) -> float | None:
    age = None if as_of is None else age_ms(as_of, now)
    return None if age is None else round(age / 1000, 1)
