"""Conflicts that the gateway told of: shown as good here, or where the same ticket was used."""

from __future__ import annotations

from offline_cache.file.database import Store
from validator.clock import Instant
from validator.model import Conflict
from validator.wire.codec import pack, unpack


class Conflicts:
    """The table `conflicts`.

    Args:
        store: The device's file.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def note(self, conflict: Conflict) -> bool:
        """Keep a conflict; return whether it is news.

        Raises:
            CacheError: The disk can't be written.
        """
        with self._store.changing() as db:
            changed = db.execute(
                "INSERT INTO conflicts VALUES (?, ?) ON CONFLICT (id)"
                " DO UPDATE SET body = excluded.body WHERE body <> excluded.body",
                (conflict.id, pack(conflict)),
            )
            return changed.rowcount == 1

    def told(self) -> tuple[Conflict, ...]:
        """Return all of them, in the order of their check-ins.

        Raises:
            CacheError: The disk can't be read.
        """
        with self._store.reading() as db:
            rows = db.execute("SELECT body FROM conflicts ORDER BY id")
            return tuple(unpack(Conflict, body) for (body,) in rows)

    def forget(self, before: Instant) -> bool:
        """Drop those whose last entry is older; return whether there were any.

        Raises:
            CacheError: The disk can't be written.
        """
        old = [
            (conflict.id,)
            for conflict in self.told()
            if max((at for *_, at in conflict.entries), default=0) < before
        ]
        if old:
            with self._store.changing() as db:
                db.executemany("DELETE FROM conflicts WHERE id = ?", old)
        return bool(old)
