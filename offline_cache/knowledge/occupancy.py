"""How many people are inside, as far as this device has heard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from offline_cache.file.database import Store
from validator.model import TicketId, Use, UseState, inside, namesake
from validator.wire.codec import unpack

PAGE = 200
"""Uses that are read at a time: a scan that comes meanwhile waits a millisecond or two."""

_OWN = "SELECT id, body, gone FROM own_uses WHERE id > ? ORDER BY id LIMIT ?"
_HEARD = """
SELECT key, stream, value FROM uses CROSS JOIN streams ON streams.id = stream
WHERE (key, stream) > (?, ?) AND stage = 'live' ORDER BY key, stream LIMIT ?"""


class Occupancy:
    """Counts the uses of the cache; knows nothing of lanes that are cut off.

    Args:
        store: The device's database.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def inside(self, performances: Collection[int]) -> Iterator[int]:
        """Yield what is counted so far, page by page; the last one is the whole.

        A pause between two pages is welcome.

        Args:
            performances: Scopes whose guests count.

        Raises:
            CacheError: The disk can't be read.
        """
        tickets: defaultdict[TicketId, list[Use]] = defaultdict(list)
        for page in self._pages():
            for use in page:
                if use.performance in performances:
                    tickets[use.ticket].append(use)
            yield 0
        people = counted = 0
        for uses in tickets.values():
            if counted + len(uses) > PAGE:
                counted = 0
                yield people
            counted += len(uses)
            uses.sort(key=lambda use: (use.at, use.id))
            people += inside(uses)
        yield people

    def _pages(self) -> Iterator[list[Use]]:
        """Yield uses as `Uses.of` returns them: once each, without those that are gone here."""
        own: dict[str, Use | None] = {}
        names: dict[str, Use] = {}
        id, key, stream = "", b"", 0
        while True:
            with self._store.reading() as db:
                rows = db.execute(_OWN, (id, PAGE)).fetchall()
            if not rows:
                break
            for id, body, gone in rows:
                use = unpack(Use, body) if body else None
                own[id] = None if gone else use
                if use:
                    # Had another device used its id, the gateway calls it so.
                    names[namesake(use.device, use.id)] = use
            id = rows[-1][0]
            yield []
        while True:
            with self._store.reading() as db:
                rows = db.execute(_HEARD, (key, stream, PAGE)).fetchall()
            if not rows:
                break
            heard = [unpack(Use, body) for _, _, body in rows]
            yield [use for each in heard if (use := _counting(each, own, names))]
            key, stream, _ = rows[-1]
        yield [use for use in own.values() if use]


def _counting(heard: Use, own: dict[str, Use | None], names: Mapping[str, Use]) -> Use | None:
    """Return what counts of a use that was heard of: what this device knows of it may be newer."""
    id = names[heard.id].id if heard.id in names else heard.id
    if id not in own:
        return heard
    mine = own.pop(id)
    if mine is None or heard.state is not UseState.HELD:
        return mine and heard
    return replace(mine, ticket=heard.ticket)
