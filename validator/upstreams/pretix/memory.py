"""What the adapter remembers of a pretix: what it told, how far it read, our numbers for theirs.

Every answer has a number, and what it tells stands under it until the gateway asks with that
number: an answer that was lost is told again, and one that arrived is not.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2s
from pathlib import Path
from typing import Any

from validator.errors import FixConfig
from validator.model import CheckInId
from validator.upstreams.memory_file import MemoryFile
from validator.upstreams.pretix.device import Device

_SCHEMA = """
-- `number` is that of the last answer that was given.
CREATE TABLE memory (life TEXT NOT NULL, number INTEGER NOT NULL);
CREATE TABLE told (
    key TEXT NOT NULL, number INTEGER NOT NULL, said TEXT NOT NULL, PRIMARY KEY (key, number)
) WITHOUT ROWID;
CREATE INDEX told_number ON told (number);
-- Our numbers for pretix's: small, and for ever the same.
CREATE TABLE numbers (
    kind TEXT NOT NULL, theirs TEXT NOT NULL, ours INTEGER NOT NULL,
    PRIMARY KEY (kind, theirs), UNIQUE (kind, ours)
) WITHOUT ROWID;
-- Our key there; of our devices the present one has the last number.
CREATE TABLE device (
    organizer TEXT NOT NULL, token TEXT NOT NULL, numbers TEXT NOT NULL, setup TEXT NOT NULL
);
-- Check-ins that pretix has, or need not be told.
CREATE TABLE scans (id TEXT PRIMARY KEY, digest BLOB NOT NULL) WITHOUT ROWID;
"""
_STATE = "state"


class Memory:
    """A file of its own, with our key in it; may be used from several threads.

    Args:
        path: Made if it is missing, readable by its owner only.
        entropy: Random bytes, for the name of a new file's life.

    Raises:
        FixConfig: It can't be opened.
    """

    def __init__(self, path: Path, entropy: Callable[[int], bytes]) -> None:
        self._entropy = entropy
        self._file = MemoryFile(path, _SCHEMA, "a pretix")
        with self._file.writing() as file:
            file.execute(
                "INSERT INTO memory SELECT ?, 0 WHERE NOT EXISTS (SELECT 1 FROM memory)",
                (entropy(4).hex(),),
            )
        self._life, self._number = self._file.rows("SELECT life, number FROM memory")[0]

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def settle(self, cursor: str) -> str:
        """Learn what the gateway has, and forget what it hasn't.

        Args:
            cursor: As it says; an empty or foreign one has nothing.

        Returns:
            The cursor of what it has; empty = nothing.
        """
        life, _, digits = cursor.partition("-")
        has = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else 0
        with self._file.writing() as file:
            if life == self._life and has and has in (self._number, self._number - 1):
                if has < self._number:
                    file.execute("DELETE FROM told WHERE number > ?", (has,))
                    self._move(file, has)
                return cursor
            if cursor or self._number > 1:
                self._life = self._entropy(4).hex()
            file.execute("DELETE FROM told")
            self._move(file, 0)
            return ""

    def state(self) -> dict[str, Any]:
        """Return how far pretix was read; empty = not at all."""
        said = self.said(_STATE)
        return json.loads(said) if said else {}

    def said(self, key: str) -> str | None:
        """Return what was told last under a key."""
        found = self.all_said((key,))
        return found.get(key)

    def all_said(self, keys: Sequence[str]) -> dict[str, str]:
        """Return what was told last under some keys; what was not told is missing."""
        rows: list[Any] = []
        for start in range(0, len(keys), 500):
            part = keys[start : start + 500]
            marks = ",".join("?" * len(part))
            rows += self._file.rows(
                f"SELECT key, said FROM told WHERE key IN ({marks}) ORDER BY number", *part
            )
        return dict(rows)

    def tell(self, news: Mapping[str, str], state: Mapping[str, Any]) -> str:
        """Keep what an answer tells and how far pretix was read; return the answer's cursor."""
        number = self._number + bool(news)
        rows = [(key, number, said) for key, said in {**news, _STATE: json.dumps(state)}.items()]
        with self._file.writing() as file:
            file.executemany("INSERT OR REPLACE INTO told VALUES (?, ?, ?)", rows)
            # Only the last two answers may still be asked for.
            file.execute(
                "DELETE FROM told WHERE number < ?1"
                " AND key IN (SELECT key FROM told WHERE number = ?1)",
                (number - 1,),
            )
            self._move(file, number)
        return f"{self._life}-{number}" if number else ""

    def number(self, kind: str, theirs: str, numbers: range) -> int:
        """Return our number for one of theirs; the same for ever.

        Args:
            kind: What it numbers.
            theirs: How pretix names it.
            numbers: All there are; the first one that is tried follows from `theirs`.

        Raises:
            FixConfig: None is left.
        """
        rows = self._file.rows(
            "SELECT ours FROM numbers WHERE kind = ? AND theirs = ?", kind, theirs
        )
        if rows:
            return int(rows[0][0])
        digest = blake2s(theirs.encode(), digest_size=8).digest()
        wanted = int.from_bytes(digest, "big") % len(numbers)
        with self._file.writing() as file:
            for step in range(len(numbers)):
                ours = numbers[(wanted + step) % len(numbers)]
                row = (kind, theirs, ours)
                if file.execute("INSERT OR IGNORE INTO numbers VALUES (?, ?, ?)", row).rowcount:
                    return ours
        raise FixConfig(f"pretix has more than {len(numbers)} of '{kind}'. Follow fewer events.")

    def theirs(self, kind: str, ours: int) -> str | None:
        """Undo `number`."""
        rows = self._file.rows("SELECT theirs FROM numbers WHERE kind = ? AND ours = ?", kind, ours)
        return rows[0][0] if rows else None

    def all_theirs(self, kind: str) -> tuple[str, ...]:
        """Return everything that has a number."""
        return tuple(
            row[0] for row in self._file.rows("SELECT theirs FROM numbers WHERE kind = ?", kind)
        )

    def device(self) -> Device | None:
        """Return our device; None = not connected yet."""
        for organizer, token, numbers, setup in self._file.rows("SELECT * FROM device"):
            return Device(organizer, token, tuple(json.loads(numbers)), setup)
        return None

    def keep_device(self, device: Device) -> None:
        """Write down our device."""
        row = (device.organizer, device.token, json.dumps(device.numbers), device.setup)
        with self._file.writing() as file:
            file.execute("DELETE FROM device")
            file.execute("INSERT INTO device VALUES (?, ?, ?, ?)", row)

    def scan(self, id: CheckInId) -> bytes | None:
        """Return the digest of a check-in that pretix has."""
        rows = self._file.rows("SELECT digest FROM scans WHERE id = ?", id)
        return rows[0][0] if rows else None

    def keep(self, scans: Mapping[CheckInId, bytes]) -> None:
        """Write down the digests of check-ins that pretix has."""
        with self._file.writing() as file:
            file.executemany("INSERT OR REPLACE INTO scans VALUES (?, ?)", scans.items())

    def _move(self, file: sqlite3.Connection, number: int) -> None:
        file.execute("UPDATE memory SET life = ?, number = ?", (self._life, number))
        self._number = number
