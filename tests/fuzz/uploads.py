"""What a device's journal holds, taken by a gateway's real store; nothing of it is kept."""

import asyncio
import contextlib
from functools import cache

from doubles.evening import DEVICE
from doubles.gateway.committer_with_devices import CODE_KEY, FEED, Venue, listing
from fuzz.folder import FOLDER
from validator.gateway.host.feed_keys import FeedKeys
from validator.gateway.ledger.catalogue_cache import CatalogueCache
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.ledger.uploads import upload
from validator.wire.journal import GENESIS, row_hash
from validator.wire.messages import JournalRow


class Undone(Exception):
    """Ends a transaction that is not to be kept."""


def journal_row(data: bytes) -> None:
    """A row has one outcome, the same again, that is no fault of ours, and holds up no other."""
    store, cache = _venue().store, _cache()
    first = _row(1, GENESIS, data)
    rows = (first, _row(2, first.hash, b"\xc1"))
    with contextlib.suppress(Undone), store.transaction() as session:
        work = UnitOfWork(session, cache, FeedKeys(FEED), _venue().hand.clock.now())
        taken = upload(work, DEVICE, rows)
        assert (taken.sequence, len(taken.outcomes)) == (2, 2)
        assert not any("its makers" in outcome.why for outcome in taken.outcomes)
        assert upload(work, DEVICE, rows) == taken
        cache.forget()
        raise Undone


def _row(sequence: int, previous: bytes, body: bytes) -> JournalRow:
    return JournalRow(sequence, previous, row_hash(previous, body), body)


@cache
def _venue() -> Venue:
    async def opened() -> Venue:
        venue = await Venue(FOLDER / "gateway.sqlite").start()
        await venue.apply(listings=(listing(1), listing(2, 1)))
        await venue.committer.stop()
        return venue

    return asyncio.run(opened())


@cache
def _cache() -> CatalogueCache:
    return CatalogueCache(CODE_KEY, frozenset)
