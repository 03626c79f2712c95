"""Check-ins that entrance control has sent back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from validator.bounds import LONGEST_NUMBER, MOST_PEOPLE
from validator.boxoffice.database import Database, Transaction
from validator.clock import Instant, iso
from validator.errors import FixRequest, ValidatorError
from validator.model import (
    By,
    CheckInId,
    Decision,
    Direction,
    Kind,
    inside,
    is_uuid7,
)
from validator.ports import Outcome
from validator.wire.fields import Fields

_PASSES = (Decision.ADMIT, Decision.CHECK)


@dataclass(frozen=True, slots=True)
class StoredCheckIn:
    """A check-in as we keep it: without codes, devices by name only.

    Args:
        id: Given by the lane.
        kind: What happened; the kinds but SHOWN and HOLD name another one in `of`.
        at: By the gateway's clock.
        device: Who showed it.
        gate: Gate id.
        performance: Scope it was judged for; 0 = none.
        direction: Entry or exit.
        decision: As shown.
        reason: As shown.
        assurance: As shown.
        count: People who went through.
        by: Code or typed number.
        of: Check-in that an undo, confirm, release or resumed event is about.
        override: A supervisor let the guest in.
    """

    id: CheckInId
    kind: Kind
    at: Instant
    device: str
    gate: str
    performance: int
    direction: Direction
    decision: Decision
    reason: str
    assurance: str
    count: int
    by: By
    of: CheckInId | None
    override: bool

    def to_json(self) -> dict[str, object]:
        """Return it ready for JSON."""
        return {
            "id": self.id,
            "kind": self.kind.value,
            "at": iso(self.at),
            "device": self.device,
            "gate": self.gate,
            "performance": self.performance,
            "direction": self.direction.value,
            "decision": self.decision.value,
            "reason": self.reason,
            "assurance": self.assurance,
            "count": self.count,
            "by": self.by.value,
            "of": self.of,
            "override": self.override,
        }


@dataclass(frozen=True, slots=True)
class Visit:
    """What the doors have seen of a ticket.

    Args:
        inside: People, now.
        last: Who came or went last.
    """

    inside: int
    last: StoredCheckIn


def read_check_in(fields: Fields) -> StoredCheckIn:
    """Read a check-in from JSON; the names are those of `StoredCheckIn.to_json`.

    Raises:
        FixRequest: A field is missing or wrong.
    """
    id, of = fields.text("id"), fields.maybe_text("of")
    if not is_uuid7(id) or (of is not None and not is_uuid7(of)):
        raise FixRequest("A check-in's id must be a UUIDv7 in lower case.")
    return StoredCheckIn(
        id=CheckInId(id),
        kind=fields.choice("kind", Kind),
        at=fields.instant("at"),
        device=fields.text("device"),
        gate=fields.text("gate"),
        performance=fields.integer("performance", 0, 0xFFFF_FFFF),
        direction=fields.choice("direction", Direction),
        decision=fields.choice("decision", Decision),
        reason=fields.text("reason", 40),
        assurance=fields.text("assurance", 40),
        count=fields.integer("count", 0, MOST_PEOPLE),
        by=fields.choice("by", By),
        of=None if of is None else CheckInId(of),
        override=fields.flag("override"),
    )


class CheckIns:
    """The store of check-ins; one id is kept once, whatever comes again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, items: Sequence[object]) -> tuple[Outcome, ...]:
        """Keep check-ins; a bad one is refused by itself and keeps nobody else out.

        Args:
            items: At most 1,000 JSON objects: `StoredCheckIn.to_json` plus `number` and `ticket`
                (either may be null).

        Returns:
            One outcome per item, in order; an item without an id has an empty one.
        """
        with self._database.write() as transaction:
            return tuple(_record(transaction, item) for item in items)

    def of(self, number: str) -> tuple[StoredCheckIn, ...]:
        """Return the check-ins of a ticket, oldest first."""
        with self._database.read() as transaction:
            rows = transaction.rows(
                "SELECT body FROM check_ins WHERE ticket = ? ORDER BY at, id", number
            )
        return tuple(_stored(row["body"]) for row in rows)

    def count(self) -> int:
        """Return how many check-ins have come."""
        with self._database.read() as transaction:
            return int(transaction.rows("SELECT count(*) AS n FROM check_ins")[0]["n"])

    def inside(self, number: str) -> int:
        """Return how many people of a ticket are inside now, 0 or more."""
        return _inside(self.of(number))

    def visits(self, order: int) -> Mapping[str, Visit]:
        """Return the visits of an order's tickets, by ticket number; unseen ones are left out."""
        with self._database.read() as transaction:
            rows = transaction.rows(
                "SELECT ticket, body FROM check_ins JOIN tickets ON tickets.number = ticket"
                " WHERE order_number = ? ORDER BY at, check_ins.id",
                order,
            )
        seen: dict[str, list[StoredCheckIn]] = {}
        for row in rows:
            seen.setdefault(row["ticket"], []).append(_stored(row["body"]))
        passed = {ticket: _passed(check_ins) for ticket, check_ins in seen.items()}
        return {
            ticket: Visit(_inside(seen[ticket]), through[-1])
            for ticket, through in passed.items()
            if through
        }


def _record(transaction: Transaction, item: object) -> Outcome:
    given = item.get("id") if isinstance(item, dict) else None
    id = CheckInId(given[:64] if isinstance(given, str) else "")
    try:
        fields = Fields(item, FixRequest, "A check-in")
        scanned = read_check_in(fields)
        ticket = _ticket(transaction, fields)
    except ValidatorError as error:
        return Outcome(id, accepted=False, why=str(error))
    body = json.dumps(scanned.to_json(), ensure_ascii=False, sort_keys=True)
    held = transaction.value("SELECT body FROM check_ins WHERE id = ?", scanned.id)
    if held is None:
        transaction.run(
            "INSERT INTO check_ins (id, ticket, at, body) VALUES (?, ?, ?, ?)",
            scanned.id,
            ticket,
            scanned.at,
            body,
        )
    elif held != body:
        return Outcome(id, accepted=False, why="Another check-in is stored under this id.")
    return Outcome(id, accepted=True)


def _ticket(transaction: Transaction, fields: Fields) -> str | None:
    number, id = fields.maybe_text("number", LONGEST_NUMBER), fields.maybe_text("ticket")
    if number is None and id is None:
        return None
    found = transaction.value("SELECT number FROM tickets WHERE number = ? OR id = ?", number, id)
    if found is None:
        raise FixRequest("This box office has not sold the ticket of this check-in.")
    return str(found)


def _stored(body: str) -> StoredCheckIn:
    return read_check_in(Fields(json.loads(body), FixRequest, "A stored check-in"))


def _passed(check_ins: Sequence[StoredCheckIn]) -> list[StoredCheckIn]:
    taken_back = {each.of for each in check_ins if each.kind in (Kind.UNDO, Kind.RELEASE)}
    return [
        each
        for each in check_ins
        if each.kind in (Kind.SHOWN, Kind.HOLD)
        and each.decision in _PASSES
        and each.id not in taken_back
    ]


def _inside(check_ins: Sequence[StoredCheckIn]) -> int:
    """Fold check-ins: undone and released ones never were, a confirmed one has its last count."""
    confirmed = {each.of: each.count for each in check_ins if each.kind is Kind.CONFIRM}
    return inside(
        replace(each, count=confirmed.get(each.id, each.count)) for each in _passed(check_ins)
    )
