"""Ticket rows and revocations, with what was known when."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from validator.clock import Instant
from validator.model import CodeId, Listing, Ref, Revocation, RevocationKind, Serial, TicketId
from validator.wire.codec import pack
from validator.wire.rows import read_listing, read_ref, ref_key


def _marks(keys: Sequence[object]) -> str:
    return ",".join("?" * len(keys))


def _listings(rows: Iterable[Any]) -> tuple[Listing, ...]:
    return tuple(read_listing(key, body) for key, body in rows)


class SqliteListings:
    """Table `listings`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute

    def of_keys(self, keys: Sequence[CodeId | Serial]) -> tuple[Listing, ...]:
        """Return the rows of these codes and serials as they stand now."""
        return _listings(
            self._run(
                "SELECT key, body FROM listings"
                f" WHERE until IS NULL AND key IN ({_marks(keys)}) ORDER BY seq",
                tuple(map(ref_key, keys)),
            )
        )

    def known(self, keys: Sequence[CodeId | Serial], at: Instant) -> tuple[Listing, ...]:
        """Return the rows as they were known at an instant."""
        found = []
        for key in map(ref_key, keys):
            history = self._run(
                "SELECT key, body, learned_at, until FROM listings WHERE key = ?1 AND until IS NULL"
                " UNION ALL SELECT key, body, learned_at, until FROM listings"
                " WHERE key = ?1 AND until IS NOT NULL ORDER BY learned_at",
                (key,),
            ).fetchall()
            before = [row for row in history if row[2] <= at]
            standing = [row for row in before if row[3] is None or at < row[3]]
            if standing or (history and not before):
                found.append((standing[-1] if standing else history[0])[:2])
        return _listings(found)

    def of_number(self, number: str) -> tuple[Listing, ...]:
        """Return the rows with a printed number."""
        return _listings(
            self._run(
                "SELECT key, body FROM listings WHERE until IS NULL AND number = ? ORDER BY seq",
                (number,),
            )
        )

    def search(self, typed: str, limit: int) -> tuple[TicketId, ...]:
        """Return tickets by number: the very one, or those that begin with it and a dash."""
        bare = typed.replace("-", "").replace(" ", "")
        # '.' follows '-', so that the second half is a range of the index.
        rows = self._run(
            "SELECT ticket FROM (SELECT ticket, number FROM listings"
            " WHERE until IS NULL AND number IS NOT NULL"
            " AND replace(replace(upper(number), '-', ''), ' ', '') = ?1"
            " UNION SELECT ticket, number FROM listings WHERE until IS NULL"
            " AND number >= ?2 || '-' AND number < ?2 || '.')"
            " GROUP BY ticket ORDER BY min(number) LIMIT ?3",
            (bare, typed, limit),
        )
        return tuple(ticket for (ticket,) in rows)

    def of_ticket(self, ticket: TicketId) -> tuple[Listing, ...]:
        """Return the rows that open a ticket."""
        return _listings(
            self._run(
                "SELECT key, body FROM listings WHERE until IS NULL AND ticket = ? ORDER BY seq",
                (ticket,),
            )
        )

    def scopes(self, source: str) -> tuple[int, ...]:
        """Return the scopes for which a source has listed tickets."""
        rows = self._run(
            "SELECT DISTINCT scope FROM listings WHERE until IS NULL AND source = ?", (source,)
        )
        return tuple(scope for (scope,) in rows)

    def count(self, source: str, scope: int) -> int:
        """Return how many tickets a source has listed for a scope."""
        row = self._run(
            "SELECT count(DISTINCT ticket) FROM listings"
            " WHERE until IS NULL AND source = ? AND scope = ?",
            (source, scope),
        ).fetchone()
        return int(row[0])

    def put(self, listing: Listing, now: Instant) -> Listing | None:
        """Add or replace a row; return what stood there."""
        before = self._standing(listing.key)
        if before == listing:
            return before
        key, ticket = ref_key(listing.key), listing.ticket
        if before:
            self._end(key, now)
        self._run(
            "INSERT INTO listings (key, ticket, number, source, scope, body, learned_at)"
            " VALUES (?,?,?,?,?,?,?)",
            (key, ticket.id, ticket.number, ticket.source, ticket.scope, pack(ticket), now),
        )
        return before

    def drop(self, key: Ref, now: Instant) -> Listing | None:
        """Take a row away; return what stood there."""
        if isinstance(key, str):
            return None
        before = self._standing(key)
        if before:
            self._end(ref_key(key), now)
        return before

    def _standing(self, key: CodeId | Serial) -> Listing | None:
        return next(iter(self.of_keys((key,))), None)

    def _end(self, key: bytes, now: Instant) -> None:
        self._run("UPDATE listings SET until = ? WHERE key = ? AND until IS NULL", (now, key))


class SqliteRevocations:
    """Table `revocations`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute

    def active(self, targets: Sequence[Ref]) -> tuple[Revocation, ...]:
        """Return what refuses any of these now."""
        return self._select("until IS NULL", targets, ())

    def known(self, targets: Sequence[Ref], at: Instant) -> tuple[Revocation, ...]:
        """Return what refused any of these at an instant."""
        return self._select("until IS NULL AND learned_at <= ?", targets, (at,)) + self._select(
            "until IS NOT NULL AND learned_at <= ? AND until > ?", targets, (at, at)
        )

    def put(self, revocation: Revocation, source: str) -> Revocation:
        """Add a revocation; one that stands already keeps its `since`, and is returned."""
        for standing in self.active((revocation.target,)):
            if standing.kind is not revocation.kind:
                continue
            if standing.replacement == revocation.replacement:
                return standing
            self._end(revocation.target, "AND kind = ?", revocation.since, revocation.kind.value)
        self._run(
            "INSERT INTO revocations (key, kind, replacement, source, learned_at)"
            " VALUES (?,?,?,?,?)",
            (
                ref_key(revocation.target),
                revocation.kind.value,
                revocation.replacement,
                source,
                revocation.since,
            ),
        )
        return revocation

    def lift(self, target: Ref, now: Instant) -> tuple[Revocation, ...]:
        """Take back every revocation of a target; return them."""
        lifted = self.active((target,))
        if lifted:
            self._end(target, "", now)
        return lifted

    def last(self) -> int:
        """Return the sequence of the latest one, 0 = there is none."""
        return int(self._run("SELECT coalesce(max(seq), 0) FROM revocations").fetchone()[0])

    def after(self, sequence: int, limit: int) -> tuple[tuple[int, Revocation], ...]:
        """Return those after a sequence in the order they came, taken back since or not."""
        rows = self._run(
            "SELECT seq, key, kind, learned_at, replacement FROM revocations WHERE seq > ?"
            " ORDER BY seq LIMIT ?",
            (sequence, limit),
        )
        return tuple(
            (seq, Revocation(read_ref(key), RevocationKind(kind), Instant(since), replacement))
            for seq, key, kind, since, replacement in rows
        )

    def _select(
        self, where: str, targets: Sequence[Ref], values: tuple[int, ...]
    ) -> tuple[Revocation, ...]:
        rows = self._run(
            f"SELECT key, kind, learned_at, replacement FROM revocations WHERE {where}"
            f" AND key IN ({_marks(targets)}) ORDER BY seq",
            (*values, *map(ref_key, targets)),
        )
        return tuple(
            Revocation(read_ref(key), RevocationKind(kind), Instant(since), replacement)
            for key, kind, since, replacement in rows
        )

    def _end(self, target: Ref, where: str, now: Instant, *values: str) -> None:
        self._run(
            f"UPDATE revocations SET until = ? WHERE until IS NULL AND key = ? {where}",
            (now, ref_key(target), *values),
        )
