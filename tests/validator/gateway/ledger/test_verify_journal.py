"""What somebody with the gateway's file in hand can do to the journal, and how it is found."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from doubles.gateway.committer_with_devices import FEED, Lane, Venue, token
from validator.clock import Instant
from validator.errors import WireError
from validator.feed import Epoch
from validator.gateway.ledger.heads import keep_heads, sign_head
from validator.gateway.ledger.verification import CheckedJournal, verify_journals
from validator.gateway.store.sqlite import SqliteStore
from validator.gateway.trust.registry import Registry
from validator.keys import SigningKey
from validator.model import DeviceId
from validator.wire.head import Head, gateway_journal, genuine, signed
from validator.wire.messages import Telemetry

KEY = SigningKey.from_seed(b"k" * 32)
GUESTS = 6


@pytest_asyncio.fixture
async def lane(venue: Venue) -> Lane:
    """Return a lane that let guests in, delivered them, and has signed how far it is."""
    registry = Registry(venue.committer, venue.entropy)
    secret, _ = await registry.invite("a")
    record, _ = await registry.enrol(secret, "Handheld", key=KEY.public)
    lane = venue.lane(record.id)
    for serial in range(GUESTS):
        await lane.admits(token(serial + 1))
    await telemetry(venue, lane, head=own(lane))
    await sign_head(venue.committer, None)
    return lane


def own(lane: Lane, sequence: int = GUESTS) -> Head:
    return signed(Head(lane.device, sequence, lane.rows[sequence - 1].hash, Instant(5)), KEY)


async def telemetry(
    venue: Venue, lane: Lane, head: Head | None = None, witness: Head | None = None
) -> None:
    await keep_heads(venue.committer, lane.device, Telemetry(0, head=head, witness=witness))


def found(path: Path) -> dict[str, CheckedJournal]:
    store = SqliteStore(path)
    try:
        with store.reading() as session:
            return {finding.journal: finding for finding in verify_journals(session, FEED.public)}
    finally:
        store.close()


def altered(venue: Venue, *statements: str) -> dict[str, CheckedJournal]:
    """Return what is found in a copy of the store that somebody has worked on."""
    copy = venue.path.with_name("copy.sqlite")
    source = sqlite3.connect(venue.path)
    target = sqlite3.connect(copy)
    source.backup(target)
    for statement in statements:
        target.execute(statement)
    target.commit()
    source.close()
    target.close()
    return found(copy)


async def test_journals_that_nobody_touched_are_intact_and_signed_to_their_end(
    venue: Venue, lane: Lane
) -> None:
    gateway, device = altered(venue).values()
    assert (gateway.broken, gateway.rows, gateway.signed) == (None, GUESTS, GUESTS)
    assert (device.broken, device.rows, device.signed) == (None, GUESTS, GUESTS)


SWAP = (
    "UPDATE {table} SET {seq} = -{seq} WHERE {seq} IN (3, 4)",
    "UPDATE {table} SET {seq} = 4 WHERE {seq} = -3",
    "UPDATE {table} SET {seq} = 3 WHERE {seq} = -4",
)
EVENTS = [statement.format(table="events", seq="seq") for statement in SWAP]
ROWS = [statement.format(table="device_rows", seq="sequence") for statement in SWAP]


@pytest.mark.parametrize(
    ("statements", "row"),
    [
        (["UPDATE events SET body = body || x'00' WHERE seq = 3"], 3),
        (["UPDATE events SET gate = 'elsewhere' WHERE seq = 3"], 3),
        (["UPDATE events SET count = 9 WHERE seq = 3"], 3),
        (["UPDATE events SET hash = zeroblob(32) WHERE seq = 3"], 3),
        (["DELETE FROM events WHERE seq = 3"], 3),
        (["DELETE FROM events WHERE seq = 3", "UPDATE events SET seq = seq - 1 WHERE seq > 3"], 3),
        (["DELETE FROM events WHERE seq = 1"], 1),
        (["DELETE FROM events WHERE seq >= 5"], 5),
        (["DELETE FROM events"], 1),
        (EVENTS, 3),
    ],
)
async def test_the_first_broken_row_of_the_gateways_journal_is_named(
    venue: Venue, lane: Lane, statements: list[str], row: int
) -> None:
    gateway = altered(venue, *statements)["gateway"]
    assert gateway.broken == row and gateway.what


@pytest.mark.parametrize(
    ("statements", "row"),
    [
        (["DELETE FROM device_rows WHERE sequence = 2"], 2),
        (["DELETE FROM device_rows WHERE sequence >= 5"], 5),
        (["DELETE FROM device_rows"], 1),
        (["UPDATE device_rows SET hash = zeroblob(32) WHERE sequence = 4"], 4),
        (["UPDATE device_rows SET hash = zeroblob(32), accepted = 0 WHERE sequence = 4"], 5),
        (["DELETE FROM events WHERE seq = 3"], 3),
        (["UPDATE heads SET sequence = 4, at = 9 WHERE journal LIKE 'lane%'"], 4),
        (ROWS, 3),
    ],
)
async def test_the_first_broken_row_of_a_devices_journal_is_named(
    venue: Venue, lane: Lane, statements: list[str], row: int
) -> None:
    device = altered(venue, *statements)[lane.device]
    assert device.broken == row and device.what


async def test_a_store_exchanged_for_an_older_copy_is_found_by_a_lane_that_knows_better(
    venue: Venue, lane: Lane
) -> None:
    older = venue.path.with_name("older.sqlite")
    source, target = sqlite3.connect(venue.path), sqlite3.connect(older)
    source.backup(target)
    source.close()
    target.close()
    await lane.admits(token(50))
    later = await sign_head(venue.committer, None)
    assert later is not None and later.sequence == GUESTS + 1
    await venue.stop()
    for log in ("-wal", "-shm"):
        venue.path.with_name(venue.path.name + log).unlink(missing_ok=True)
    shutil.copy(older, venue.path)
    await venue.restart_from_disk()

    other = venue.lane("lane-2")
    assert altered(venue)["gateway"].broken is None
    await telemetry(venue, lane, witness=later)
    assert altered(venue)["gateway"].broken == GUESTS + 1
    for serial in range(60, 63):
        await other.admits(token(serial))
    await sign_head(venue.committer, None)
    assert altered(venue)["gateway"].broken == GUESTS + 1


async def test_a_device_that_put_an_older_copy_of_its_cache_back_is_found(
    venue: Venue, lane: Lane
) -> None:
    forked = signed(Head(lane.device, 4, b"x" * 32, Instant(6)), KEY)
    await telemetry(venue, lane, head=forked)
    assert altered(venue)[lane.device].broken == 4


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda head: replace(head, sequence=head.sequence + 1),
        lambda head: replace(head, hash=b"x" * 32),
        lambda head: replace(head, at=Instant(77)),
        lambda head: replace(head, journal="lane-2"),
        lambda head: replace(head, signature=b""),
        lambda head: signed(head, FEED),
        lambda head: signed(replace(head, hash=b"short"), KEY),
        lambda head: signed(replace(head, sequence=1 << 63), KEY),
        lambda head: signed(replace(head, sequence=0), KEY),
    ],
)
async def test_a_head_that_the_device_did_not_sign_is_not_kept(
    venue: Venue, lane: Lane, spoilt: Callable[[Head], Head]
) -> None:
    with pytest.raises(WireError):
        await telemetry(venue, lane, head=spoilt(own(lane)))
    assert altered(venue)[lane.device].broken is None


async def test_nobody_speaks_for_the_gateway_and_old_lives_are_past(
    venue: Venue, lane: Lane
) -> None:
    with pytest.raises(WireError):
        head = Head(gateway_journal(Epoch(1, 1)), 9, b"x" * 32, Instant(1))
        await telemetry(venue, lane, witness=signed(head, KEY))
    ended = Head(gateway_journal(Epoch(1, 7)), 900, b"x" * 32, Instant(1))
    await telemetry(venue, lane, witness=signed(ended, FEED))
    assert altered(venue)["gateway"].broken is None


async def test_a_device_without_a_key_signs_nothing(venue: Venue, lane: Lane) -> None:
    other = DeviceId("lane-2")
    with pytest.raises(WireError):
        head = signed(Head(other, 1, b"x" * 32, Instant(1)), KEY)
        await keep_heads(venue.committer, other, Telemetry(0, head=head))


async def test_when_another_key_seals_the_head_is_signed_by_it_too(
    venue: Venue, lane: Lane
) -> None:
    last = await sign_head(venue.committer, None)
    assert await sign_head(venue.committer, last) == last
    venue.feed.use(venue.feed.prepare(venue.entropy, ends=True))
    again = await sign_head(venue.committer, last)
    assert again is not None and genuine(again, venue.feed.public)
    with venue.store.reading() as session:
        (checked, *_) = verify_journals(session, *venue.feed.ring.all)
    assert (checked.broken, checked.signed) == (None, again.sequence)
    # One that a thief of the key before has signed is not kept.
    forged = signed(replace(again, hash=bytes(32), sequence=again.sequence + 5), FEED)
    with pytest.raises(WireError, match="not genuine"):
        await keep_heads(venue.committer, lane.device, Telemetry(0, witness=forged))
