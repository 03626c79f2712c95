"""Who has gone through with a ticket: this device's own check-ins and the `uses` stream, by id."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import replace

from offline_cache.journal.journal import ticket_of
from validator.errors import WireError
from validator.feed import Row
from validator.model import (
    CheckIn,
    CheckInId,
    CodeId,
    DeviceId,
    Kind,
    TicketId,
    Use,
    UseState,
    namesake,
)
from validator.wire.codec import pack, unpack
from validator.wire.rows import read_use


class Uses:
    """The tables `own_uses` and `uses`, inside a transaction that the caller holds.

    An own use outlives its upload, so that a ticket stays used whatever the gateway has or has
    not sent back. What is gone (undone, released) stays gone, also when the stream still has it.
    """

    def enter(self, db: sqlite3.Connection, event: int, check_in: CheckIn) -> None:
        """Take one event of the journal into account.

        Args:
            db: Connection.
            event: The event's sequence in the journal.
            check_in: The event.
        """
        match check_in.kind:
            case Kind.SHOWN | Kind.HOLD:
                if check_in.passes and check_in.count > 0:
                    self._add(db, event, check_in)
            case Kind.CONFIRM:
                self._confirm(db, event, check_in)
            case Kind.UNDO | Kind.RELEASE:
                db.execute(
                    "INSERT INTO own_uses (id, event, gone) VALUES (?, ?, 1)"
                    " ON CONFLICT (id) DO UPDATE SET event = excluded.event, gone = 1",
                    (check_in.of, event),
                )
            case Kind.RESUMED:
                pass

    def of(self, db: sqlite3.Connection, tickets: Iterable[TicketId]) -> tuple[Use, ...]:
        """Return the uses of an entitlement in order of (time, id).

        Args:
            db: Connection.
            tickets: Every name that the entitlement goes by.
        """
        names = tuple(tickets)
        marks = ", ".join("?" * len(names))
        found: dict[tuple[DeviceId, CheckInId], Use] = {}
        heard = db.execute(
            "SELECT value FROM uses CROSS JOIN streams ON id = stream"
            f" WHERE ticket IN ({marks}) AND stage = 'live'",
            names,
        )
        for (body,) in heard:
            use = unpack(Use, body)
            found[use.device, use.id] = use
        own = db.execute(f"SELECT body, gone FROM own_uses WHERE ticket IN ({marks})", names)
        for body, gone in own:
            use = unpack(Use, body)
            # Had another device used its id, the gateway has called it by a name of its own.
            at = (use.device, namesake(use.device, use.id))
            if at not in found:
                at = (use.device, use.id)
            if gone:
                found.pop(at, None)
            elif at not in found or found[at].state is UseState.HELD:
                found[at] = use
        for at in tuple(found):
            device, id = at
            gone = db.execute("SELECT body FROM own_uses WHERE id = ? AND gone = 1", (id,))
            if (row := gone.fetchone()) and _is_of(row[0], device):
                del found[at]
        return tuple(sorted(found.values(), key=lambda use: (use.at, use.id)))

    def tickets(self, db: sqlite3.Connection, code: CodeId) -> tuple[TicketId, ...]:
        """Return the tickets that a code was let in for, here or elsewhere.

        The gateway may have known a ticket whose row has not come here yet.
        """
        rows = db.execute(
            "SELECT ticket FROM uses CROSS JOIN streams ON id = stream"
            " WHERE code = :code AND stage = 'live'"
            " UNION SELECT ticket FROM own_uses WHERE code = :code AND gone = 0",
            {"code": code},
        )
        return tuple(TicketId(ticket) for (ticket,) in rows)

    def write(self, db: sqlite3.Connection, stream: int, rows: Iterable[Row]) -> int:
        """Apply rows; return how many could not be read and were left out.

        A use that the gateway takes off (undone elsewhere, released by a supervisor) is no
        longer an own one either, unless another device had used its id.
        """
        unread = 0
        for key, value in rows:
            if value is None:
                self._take_off(db, stream, key)
                continue
            try:
                use = read_use(key, value)
            except WireError:
                unread += 1
                continue
            db.execute(
                "INSERT OR REPLACE INTO uses VALUES (?, ?, ?, ?, ?)",
                (stream, key, use.ticket, use.code, value),
            )
        return unread

    def _take_off(self, db: sqlite3.Connection, stream: int, key: bytes) -> None:
        id = key.decode("ascii", "replace")
        which = (key, stream)
        heard = db.execute("SELECT value FROM uses WHERE key = ? AND stream = ?", which).fetchone()
        db.execute("DELETE FROM uses WHERE key = ? AND stream = ?", which)
        own = db.execute("SELECT body FROM own_uses WHERE id = ?", (id,)).fetchone()
        if own and (heard is None or _is_of(own[0], unpack(Use, heard[0]).device)):
            db.execute("DELETE FROM own_uses WHERE id = ?", (id,))

    def _add(self, db: sqlite3.Connection, event: int, check_in: CheckIn) -> None:
        ticket = ticket_of(check_in)
        if ticket is None:
            return
        use = Use(
            check_in.id,
            ticket,
            check_in.performance,
            check_in.direction,
            check_in.count,
            check_in.corrected,
            check_in.gate,
            check_in.device,
            UseState.HELD if check_in.kind is Kind.HOLD else UseState.DONE,
            check_in.code,
        )
        self._put(db, event, use)

    def _confirm(self, db: sqlite3.Connection, event: int, check_in: CheckIn) -> None:
        for (body,) in db.execute(
            "SELECT body FROM own_uses WHERE id = ? AND gone = 0", (check_in.of,)
        ).fetchall():
            held = unpack(Use, body)
            self._put(db, event, replace(held, state=UseState.DONE, count=check_in.count))

    def _put(self, db: sqlite3.Connection, event: int, use: Use) -> None:
        db.execute(
            "INSERT INTO own_uses (id, event, ticket, code, body) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET event = excluded.event, ticket = excluded.ticket,"
            " code = excluded.code, body = excluded.body",
            (use.id, event, use.ticket, use.code, pack(use)),
        )


def _is_of(body: bytes | None, device: DeviceId) -> bool:
    """Tell whether an own use is the one that was heard of; of one without a body nothing else."""
    return body is None or unpack(Use, body).device == device
