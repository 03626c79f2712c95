"""How many people are inside, as far as this device has heard."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from offline_cache.file.database import Store
from validator.model import Direction, Use, UseState
from validator.wire.codec import unpack

PAGE = 200
"""Uses that are read at a time: a scan that comes meanwhile waits a millisecond or two."""

_HEARD = """
SELECT key, stream, value FROM uses CROSS JOIN streams ON streams.id = stream
WHERE (key, stream) > (?, ?) AND stage = 'live'
AND NOT EXISTS (SELECT 1 FROM own_uses WHERE own_uses.id = CAST(key AS TEXT))
ORDER BY key, stream LIMIT ?"""
_OWN = "SELECT id, body FROM own_uses WHERE id > ? AND gone = 0 ORDER BY id LIMIT ?"


class Census:
    """Counts the uses of the cache; knows nothing of lanes that are cut off.

    Args:
        store: The device's database.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def inside(self, performances: Collection[int]) -> Iterator[int]:
        """Yield the count page by page, the last one is the whole; a pause between is welcome.

        Args:
            performances: Scopes whose guests count.

        Raises:
            CacheError: The disk can't be read.
        """
        people, key, stream, id = 0, b"", 0, ""
        while True:
            with self._store.reading() as db:
                heard = db.execute(_HEARD, (key, stream, PAGE)).fetchall()
            people += sum(_people(body, performances) for _, _, body in heard)
            yield people
            if not heard:
                break
            key, stream, _ = heard[-1]
        while True:
            with self._store.reading() as db:
                own = db.execute(_OWN, (id, PAGE)).fetchall()
            people += sum(_people(body, performances) for _, body in own)
            yield people
            if not own:
                return
            id, _ = own[-1]


def _people(body: bytes, performances: Collection[int]) -> int:
    use = unpack(Use, body)
    if use.performance not in performances or use.state is not UseState.DONE:
        return 0
    return -use.count if use.direction is Direction.EXIT else use.count
