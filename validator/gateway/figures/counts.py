"""Live figures, folded from the journal and the uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from validator.clock import Instant, age_ms, iso
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.store.uses import Tally
from validator.model import Assurance, Catalogue, Decision, Direction

ENTERED, LEFT = Direction.ENTRY.value, Direction.EXIT.value


def counts(work: UnitOfWork, connected: int) -> dict[str, Any]:
    """Count people, verdicts and what is owed, ready for JSON.

    Args:
        work: One state of the store.
        connected: Lanes that have a link now.
    """
    session, catalogue, now = work.session, work.catalogue, work.now
    tallies, strays = session.uses.tallies(), session.uses.strays()
    as_of = session.sources.as_of()
    decisions, reasons, provisional = Counter[str](), Counter[str](), 0
    for row in session.totals.shown():
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
        "conflicts": session.totals.conflicts(),
        "sources": [
            {"id": source.id, "name": source.name, "age_s": _age_s(as_of.get(source.id), now)}
            for source in catalogue.sources.values()
        ],
        "owed": dict(session.outbox.backlog()),
        "refused": dict(session.outbox.refused()),
        "held": [
            {"source": row.source, "performance": row.scope, "count": row.count}
            for row in session.held_cancellations.all()
        ],
        "lanes": {
            "enrolled": sum(not device.revoked for device in session.devices.all()),
            "connected": connected,
            "awaited": list(session.restoration.awaited()),
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
