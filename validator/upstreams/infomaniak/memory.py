"""What the adapter remembers of a shop: what it has told the gateway, and which scans it sent.

The shop has no list of changes, so what is new is found by comparing. What an answer tells is kept
as *pending* under the answer's number, and counts as told once the gateway asks with that number:
an answer that was lost is told again, and one that arrived is not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from validator.clock import Instant
from validator.model import CheckInId
from validator.upstreams.memory_file import MemoryFile

_SCHEMA = """
-- `number` is that of the last answer that arrived; `touched` when the last request was sent.
CREATE TABLE ledger (life TEXT NOT NULL, number INTEGER NOT NULL, touched INTEGER NOT NULL);
CREATE TABLE told (key TEXT PRIMARY KEY, said TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE pending (key TEXT PRIMARY KEY, said TEXT NOT NULL) WITHOUT ROWID;
-- Our numbers for the shop's: tariffs and zones have to be small.
CREATE TABLE numbers (
    kind TEXT NOT NULL, theirs INTEGER NOT NULL, ours INTEGER NOT NULL,
    PRIMARY KEY (kind, theirs), UNIQUE (kind, ours)
) WITHOUT ROWID;
-- Check-ins that the shop was sent, or that it need not be told.
CREATE TABLE scans (
    id TEXT PRIMARY KEY, digest BLOB NOT NULL, ticket TEXT NOT NULL, what TEXT NOT NULL,
    done INTEGER NOT NULL, answer TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX scans_ticket ON scans (ticket) WHERE what != '';
"""

_TOUCH_MS = 5_000


@dataclass(frozen=True, slots=True)
class Said:
    """What was told of a ticket.

    Args:
        code: By which it is scanned.
        scope: Performance or pass.
        state: `valid`, `cancelled` or `used`.
        digest: Of everything else of its listing.
        uses: Entries with the shop's own scanners that were told.
    """

    code: str
    scope: int
    state: str
    digest: str
    uses: int = 0


@dataclass(frozen=True, slots=True)
class SentScan:
    """A check-in that the shop was told of.

    Args:
        id: The check-in.
        digest: Of all of it.
        ticket: Its key in the shop; empty = none.
        what: End point; empty = there was nothing to tell.
        done: It is known to have arrived.
        answer: What there is to say about it, for people.
    """

    id: CheckInId
    digest: bytes
    ticket: str
    what: str
    done: bool
    answer: str = ""


class Memory:
    """A file of its own; may be used from several threads.

    Args:
        path: Made if it is missing, readable by its owner only.
        entropy: Random bytes, for the name of a new file's life.

    Raises:
        FixConfig: It can't be opened.
    """

    def __init__(self, path: Path, entropy: Callable[[int], bytes]) -> None:
        self._file = MemoryFile(path, _SCHEMA, "an Infomaniak shop")
        with self._file.writing() as file:
            file.execute(
                "INSERT INTO ledger SELECT ?, 0, 0 WHERE NOT EXISTS (SELECT 1 FROM ledger)",
                (entropy(4).hex(),),
            )
        self._life, self._number = self._file.rows("SELECT life, number FROM ledger")[0]
        self._touched = Instant(0)
        self._numbers: dict[str, dict[int, int]] = {}
        for kind, theirs, ours in self._file.rows("SELECT * FROM numbers"):
            self._numbers.setdefault(kind, {})[theirs] = ours

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def cursor(self) -> str:
        """What the gateway says once it has everything that is told."""
        return f"{self._life}-{self._number}" if self._number else ""

    @property
    def next_cursor(self) -> str:
        """What it says once it has what is pending too."""
        return f"{self._life}-{self._number + 1}"

    def settle(self, cursor: str) -> bool:
        """Learn what the gateway has, and forget what it hasn't.

        Args:
            cursor: As it says; an empty or foreign one has nothing.

        Returns:
            Whether the last answer arrived (or there was none): the look at the shop goes on.
        """
        with self._file.writing() as file:
            waits = file.execute("SELECT EXISTS (SELECT 1 FROM pending)").fetchone()[0] == 1
            arrived = waits and cursor == self.next_cursor
            known = arrived or cursor == self.cursor
            if arrived:
                file.execute("INSERT OR REPLACE INTO told SELECT key, said FROM pending")
                file.execute("UPDATE ledger SET number = number + 1")
            elif not known:
                file.execute("DELETE FROM told")
            file.execute("DELETE FROM pending")
        self._number += arrived
        return arrived or (known and not waits)

    def told(self) -> dict[str, Said]:
        """Return what was told of every ticket, by its key."""
        rows = self._file.rows("SELECT key, said FROM told WHERE key NOT LIKE 'entry:%'")
        return {key: Said(**json.loads(said)) for key, said in rows}

    def told_entries(self) -> dict[str, str]:
        """Return what was told of the catalogue, by its key there."""
        rows = self._file.rows("SELECT substr(key, 7), said FROM told WHERE key LIKE 'entry:%'")
        return dict(rows)

    def tell(self, tickets: Mapping[str, Said], entries: Mapping[str, str]) -> str:
        """Keep what an answer is about to tell; return the cursor that it gets."""
        rows = [(key, json.dumps(asdict(said))) for key, said in tickets.items()]
        rows += [(f"entry:{key}", said) for key, said in entries.items()]
        if not rows:
            return self.cursor
        with self._file.writing() as file:
            file.executemany("INSERT OR REPLACE INTO pending VALUES (?, ?)", rows)
        return self.next_cursor

    def said(self, key: str) -> Said | None:
        """Return what was told of a ticket, arrived or not."""
        rows = self._file.rows(
            "SELECT said FROM (SELECT said, 1 AS rank FROM pending WHERE key = ?"
            " UNION ALL SELECT said, 2 FROM told WHERE key = ?) ORDER BY rank LIMIT 1",
            key,
            key,
        )
        return Said(**json.loads(rows[0][0])) if rows else None

    def number(self, kind: str, theirs: int, wanted: int, numbers: range) -> int:
        """Return our number for one of theirs; the same for ever.

        Args:
            kind: What it numbers.
            theirs: The shop's number.
            wanted: Place in `numbers` that it gets if it is free; else the next free one.
            numbers: All there are. If none is left, the last one is shared.
        """
        known = self._numbers.setdefault(kind, {})
        if theirs in known:
            return known[theirs]
        taken = set(known.values())
        places = (numbers[(wanted + step) % len(numbers)] for step in range(len(numbers)))
        ours = next((number for number in places if number not in taken), None)
        if ours is None:
            return numbers[-1]
        with self._file.writing() as file:
            file.execute("INSERT INTO numbers VALUES (?, ?, ?)", (kind, theirs, ours))
        known[theirs] = ours
        return ours

    def scan(self, id: CheckInId) -> SentScan | None:
        """Return what is known of a check-in."""
        rows = self._file.rows("SELECT * FROM scans WHERE id = ?", id)
        return _scan(rows[0]) if rows else None

    def scans(self, ticket: str) -> tuple[SentScan, ...]:
        """Return what the shop was sent of a ticket, in order."""
        rows = self._file.rows(
            "SELECT * FROM scans WHERE ticket = ? AND what != '' ORDER BY id", ticket
        )
        return tuple(_scan(row) for row in rows)

    def keep(self, scan: SentScan) -> SentScan:
        """Write down a check-in: before it is sent, and again once it is done."""
        with self._file.writing() as file:
            file.execute(
                "INSERT OR REPLACE INTO scans VALUES (?, ?, ?, ?, ?, ?)",
                (scan.id, scan.digest, scan.ticket, scan.what, scan.done, scan.answer),
            )
        return scan

    def done(self, scan: SentScan, answer: str = "") -> SentScan:
        """Write down that a check-in has arrived."""
        return self.keep(replace(scan, done=True, answer=answer))

    def forget(self, scan: SentScan) -> None:
        """A check-in did not arrive."""
        with self._file.writing() as file:
            file.execute("DELETE FROM scans WHERE id = ?", (scan.id,))

    def touch(self, now: Instant) -> None:
        """Write down that a request is being sent; once for all of the next seconds."""
        if not self._touched - _TOUCH_MS <= now < self._touched:
            self._touched = Instant(now + _TOUCH_MS)
            with self._file.writing() as file:
                file.execute("UPDATE ledger SET touched = ?", (self._touched,))

    def touched(self) -> Instant:
        """Return when the last request was sent at the latest, by the wall clock; 0 = never."""
        return Instant(self._file.rows("SELECT touched FROM ledger")[0][0])


def _scan(row: tuple[str, bytes, str, str, int, str]) -> SentScan:
    id, digest, ticket, what, done, answer = row
    return SentScan(CheckInId(id), digest, ticket, what, done == 1, answer)
