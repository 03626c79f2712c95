"""The numbered feed that the gateway follows.

Every mutation appends rows that name what became different; an answer carries the *present*
state of what its rows name. So reading on from any number never shows something older than was
seen there before, and a thing that changed twice is simply told twice.
"""

from __future__ import annotations

import sqlite3
from dataclasses import asdict, dataclass

from validator.boxoffice.database import Database, Transaction
from validator.boxoffice.model import SoldTicket
from validator.boxoffice.records.catalogue import key_of, performance_of, source_of, tariff_of
from validator.boxoffice.records.issuer import zone_bits
from validator.boxoffice.records.order_rows import ticket_of
from validator.boxoffice.selling.passes import pass_of
from validator.clock import Instant, iso
from validator.errors import FixRequest
from validator.model import Pass, Status, Tariff

MOST_CHANGES = 2000
"""Rows of one answer."""

MOST_AHEAD = 500
"""Rows of one answer that are told ahead of their turn."""

_LARGEST = (1 << 63) - 1
"""Of an integer in SQLite. Source: sqlite.org, datatype3."""


@dataclass(frozen=True, slots=True)
class ChangePage:
    """A piece of the feed.

    Args:
        since: Sequence that it begins after; 0 if a foreign cursor was asked for.
        cursor: To be handed in next time.
        changes: Rows without a gap: `sequence`, `kind`, and the thing's present state.
        ahead: Of the rows behind it, the newest that change what was told of before.
        complete: Nothing is missing between its last row and `as_of`.
        as_of: When it was read.
    """

    since: int
    cursor: str
    changes: tuple[dict[str, object], ...]
    ahead: tuple[dict[str, object], ...]
    complete: bool
    as_of: Instant

    def to_json(self) -> dict[str, object]:
        """Return it ready for JSON."""
        return {
            "since": self.since,
            "cursor": self.cursor,
            "complete": self.complete,
            "as_of": iso(self.as_of),
            "changes": list(self.changes),
            "ahead": list(self.ahead),
        }


class ChangeFeed:
    """Reads the feed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.write() as transaction:
            if transaction.value("SELECT max(sequence) FROM changes") is None:
                transaction.append_change("source", "")

    def since(self, cursor: str, limit: int) -> ChangePage:
        """Return what changed after a cursor.

        Args:
            cursor: From the last answer; empty = from the beginning. One that we never gave
                (we were restored from a backup since, or are another box office) begins anew.
            limit: Rows, 1 to 2,000.

        Raises:
            FixRequest: The cursor has another form, or the limit is out of range.
        """
        if not 1 <= limit <= MOST_CHANGES:
            raise FixRequest(f"'limit' must be from 1 to {MOST_CHANGES}.")
        asked = _read_cursor(cursor)
        with self._database.read() as transaction:
            last = transaction.value("SELECT max(sequence) FROM changes")
            since = asked if cursor == _cursor(transaction, asked) else 0
            rows = transaction.rows(
                "SELECT * FROM changes WHERE sequence > ? ORDER BY sequence LIMIT ?", since, limit
            )
            through = since + len(rows)
            return ChangePage(
                since,
                _cursor(transaction, through),
                tuple(_change(transaction, row) for row in rows),
                _ahead(transaction, through) if through != last else (),
                through == last,
                transaction.now,
            )


def _ahead(transaction: Transaction, through: int) -> tuple[dict[str, object], ...]:
    """Return what need not wait for its turn: cancellations, above all."""
    rows = transaction.rows(
        "SELECT max(sequence) AS sequence, kind, key FROM changes INDEXED BY changes_of_known"
        " WHERE known AND sequence > ? GROUP BY kind, key ORDER BY 1 DESC LIMIT ?",
        through,
        MOST_AHEAD,
    )
    return tuple(_change(transaction, row) for row in rows)


def _change(transaction: Transaction, row: sqlite3.Row) -> dict[str, object]:
    told: dict[str, object] = {"sequence": row["sequence"], "kind": row["kind"]}
    return told | _present(transaction, row["kind"], row["key"])


def _read_cursor(cursor: str) -> int:
    if not cursor:
        return 0
    sequence, _, mark = cursor.partition("-")
    if not mark or len(cursor) > 40 or not (sequence.isascii() and sequence.isdigit()):
        raise FixRequest("'since' must be the cursor of an earlier answer, or empty.")
    # One beyond what SQLite counts to is none of ours, and begins anew.
    return int(sequence) if int(sequence) <= _LARGEST else 0


def _cursor(transaction: Transaction, sequence: int) -> str:
    mark = transaction.value("SELECT mark FROM changes WHERE sequence = ?", sequence)
    return f"{sequence}-{mark or 'start'}"


def _present(transaction: Transaction, kind: str, key: str) -> dict[str, object]:
    match kind:
        case "ticket":
            return _ticket(transaction, ticket_of(transaction, key))
        case "performance":
            show = performance_of(transaction, int(key))
            return {
                "scope": show.scope,
                "event": show.event,
                "name": show.name,
                "doors": iso(show.doors),
                "start": iso(show.start),
                "end": iso(show.end),
                "timezone": show.zone,
                "cutoff_min": show.cutoff_min,
            }
        case "pass":
            return pass_json(pass_of(transaction, int(key)))
        case "tariff":
            return tariff_json(tariff_of(transaction, int(key)))
        case "key":
            public = key_of(transaction, int(key))
            return {
                "kid": public.kid,
                "public": public.public.hex(),
                "state": public.state.value,
                "scopes": list(public.scopes),
            }
        case _:
            source = source_of(transaction)
            shapes = [
                {"symbology": shape.symbology, "length": shape.length} for shape in source.shapes
            ]
            return {"name": source.name, "shapes": shapes}


def _ticket(transaction: Transaction, ticket: SoldTicket) -> dict[str, object]:
    return {
        "number": ticket.number,
        "id": ticket.id,
        "scope": ticket.scope,
        "tariff": ticket.tariff,
        "zones": zone_bits(ticket.zone),
        "admits": ticket.admits,
        "attention": bool(tariff_of(transaction, ticket.tariff).attention),
        "seat": ticket.seat,
        "status": (Status.OK if ticket.paid else Status.UNPAID).value,
        "distributor": ticket.distributor,
        "state": ticket.state.value,
        "replacement": ticket.replacement,
        "reactivated": ticket.reactivated,
        "disabled": ticket.disabled,
        "codes": [
            {"serial": code.serial, "replaced": code.replaced}
            if code.serial is not None
            else {"text": code.text, "symbology": code.symbology, "replaced": code.replaced}
            for code in ticket.codes
        ],
    }


def tariff_json(tariff: Tariff) -> dict[str, object]:
    """Return a tariff."""
    return {
        "id": tariff.id,
        "name": dict(tariff.name),
        "icon": tariff.icon,
        "attention": dict(tariff.attention),
    }


def pass_json(card: Pass) -> dict[str, object]:
    """Return a pass; null = no limit."""
    return asdict(card) | {"performances": list(card.performances)}
