"""Reservations."""

from __future__ import annotations

import sqlite3
from typing import Any

from validator.clock import Instant
from validator.gateway.store.claims import ClaimRow, ClaimState
from validator.model import CheckInId, Claim, DeviceId, Direction, TicketId, Verdict
from validator.wire.codec import pack, unpack

_BARE = (
    "id, device, ticket, ordinal, direction, count, performance, gate, ref, code, at, state,"
    " request"
)
_CLAIM = f"{_BARE}, verdict IS NOT NULL"


def _claim_of(row: tuple[Any, ...]) -> ClaimRow:
    id, device, ticket, ordinal, direction, count, performance, gate, ref, code, at = row[:11]
    state, request, granted = row[11:]
    return ClaimRow(
        Claim(id, ticket or TicketId(""), ordinal or 0, Direction(direction), count, device),
        ClaimState(state),
        performance,
        gate,
        Instant(at),
        ref,
        code,
        request,
        bool(granted),
    )


class SqliteClaims:
    """Table `claims`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute

    def find(self, id: CheckInId) -> ClaimRow | None:
        """Return the claim of a check-in."""
        row = self._run(f"SELECT {_CLAIM} FROM claims WHERE id = ?", (id,)).fetchone()
        return _claim_of(row) if row else None

    def answer(self, id: CheckInId) -> Verdict | None:
        """Return what a granted claim was answered."""
        row = self._run("SELECT verdict FROM claims WHERE id = ?", (id,)).fetchone()
        return unpack(Verdict, row[0]) if row and row[0] else None

    def of_ticket(self, ticket: TicketId) -> tuple[ClaimRow, ...]:
        """Return the claims that hold an ordinal of a ticket, in order of it."""
        rows = self._run(
            f"SELECT {_CLAIM} FROM claims WHERE ticket = ? ORDER BY ordinal", (ticket,)
        )
        return tuple(map(_claim_of, rows))

    def open_of(self, ticket: TicketId) -> tuple[ClaimRow, ...]:
        """Return a ticket's open claims, in order of their ordinals."""
        rows = self._run(
            f"SELECT {_CLAIM} FROM claims INDEXED BY claims_open_of_ticket"
            " WHERE ticket = ? AND state = 'open' ORDER BY ordinal",
            (ticket,),
        )
        return tuple(map(_claim_of, rows))

    def top(self, ticket: TicketId) -> int:
        """Return the highest ordinal that a ticket ever gave, 0 = none."""
        row = self._run("SELECT max(ordinal) FROM claims WHERE ticket = ?", (ticket,)).fetchone()
        return int(row[0] or 0)

    def insert(self, row: ClaimRow, answer: Verdict | None = None) -> bool:
        """Take an ordinal, and keep the answer; False if it is taken (lost)."""
        claim = row.claim
        done = self._run(
            f"INSERT INTO claims ({_BARE}, verdict) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
            " ON CONFLICT (ticket, ordinal) DO NOTHING",
            (
                claim.id,
                claim.device,
                claim.ticket,
                claim.ordinal,
                claim.direction.value,
                claim.count,
                row.performance,
                row.gate,
                row.ref,
                row.code,
                row.at,
                row.state.value,
                row.request,
                pack(answer) if answer else None,
            ),
        )
        return done.rowcount == 1

    def pass_on(
        self, old: CheckInId, row: ClaimRow, top: int, answer: Verdict | None = None
    ) -> bool:
        """Give an open claim's ordinal to another check-in; False = lost."""
        claim = row.claim
        done = self._run(
            "UPDATE claims SET ticket = NULL, ordinal = NULL, state = 'released'"
            " WHERE id = ?1 AND state = 'open' AND ticket = ?2 AND ordinal = ?3"
            " AND NOT EXISTS (SELECT 1 FROM claims WHERE ticket = ?2 AND ordinal > ?4)",
            (old, claim.ticket, claim.ordinal, top),
        )
        return done.rowcount == 1 and self.insert(row, answer)

    def settle(self, row: ClaimRow) -> bool:
        """Bind a claim to its check-in; False = lost."""
        claim = row.claim
        done = self._run(
            "UPDATE OR IGNORE claims SET ticket = ?, ordinal = ?, direction = ?, count = ?,"
            " device = ?, performance = ?, gate = ?, ref = ?, code = ?, state = 'settled'"
            " WHERE id = ?",
            (
                claim.ticket,
                claim.ordinal,
                claim.direction.value,
                claim.count,
                claim.device,
                row.performance,
                row.gate,
                row.ref,
                row.code,
                claim.id,
            ),
        )
        return done.rowcount == 1

    def release(self, id: CheckInId) -> None:
        """Let go of a claim."""
        self._run("UPDATE claims SET state = 'released' WHERE id = ?", (id,))

    def enter_boot(self, device: DeviceId, boot: int) -> bool:
        """Remember a device's start; False if a later one is known already."""
        known = self._run("SELECT boot FROM device_boots WHERE device = ?", (device,)).fetchone()
        if known == (boot,):
            # As at every claim but the first of a start: there is nothing to write.
            return True
        done = self._run(
            "INSERT INTO device_boots VALUES (?, ?) ON CONFLICT (device)"
            " DO UPDATE SET boot = excluded.boot WHERE excluded.boot >= boot",
            (device, boot),
        )
        return done.rowcount == 1

    def spend(self, id: CheckInId, device: DeviceId) -> None:
        """Remember that a device gave an id back before its claim arrived."""
        self._run("INSERT OR IGNORE INTO spent VALUES (?, ?)", (id, device))

    def spent(self, id: CheckInId, device: DeviceId) -> bool:
        """Tell whether this device gave an id back."""
        row = self._run("SELECT 1 FROM spent WHERE id = ? AND device = ?", (id, device))
        return row.fetchone() is not None

    def open(self) -> tuple[ClaimRow, ...]:
        """Return every open claim."""
        rows = self._run(f"SELECT {_CLAIM} FROM claims WHERE state = 'open' ORDER BY at, id")
        return tuple(map(_claim_of, rows))

    def rekey(self, ref: bytes, old: TicketId, new: TicketId) -> None:
        """Put the claims that were made with a serial under another ticket."""
        moved = self._run(
            "SELECT id FROM claims WHERE ticket = ? AND ref = ? ORDER BY ordinal", (old, ref)
        ).fetchall()
        for (id,) in moved:
            self._run(
                "UPDATE claims SET ticket = ?1, ordinal = 1 + coalesce("
                "(SELECT max(ordinal) FROM claims WHERE ticket = ?1), 0) WHERE id = ?2",
                (new, id),
            )
