"""A gateway whose store went back by itself, while its lanes went on."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from pathlib import Path

import pytest

from doubles.gateway.live import CLOCK, Device, LiveGateway, live_gateway
from doubles.gateway.raw_wire import Wire, connected, from_nothing, journal, welcomed
from generators.fault_table import FaultTable
from validator.feed import Delta, Snapshot, open_frame
from validator.gateway.host.data_folder import STORE
from validator.model import DeviceId
from validator.wire.messages import (
    Acknowledged,
    Offer,
    Ping,
    Pong,
    Position,
    Recall,
    Sealed,
    Taken,
    Upload,
    Want,
)


def settled(store: Path) -> int:
    """Play the log in; return how long it is then."""
    with sqlite3.connect(store) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return log_of(store).stat().st_size


def log_of(store: Path) -> Path:
    return store.with_name(store.name + "-wal")


async def entered(live: LiveGateway, device: Device, wire: Wire) -> tuple[Position, bytes]:
    """Let somebody in; return where the lane stands in the uses then, and the frame it came in."""
    stream = f"uses.{live.evening.tonight}"
    await wire.say(Want((from_nothing(stream),)))
    rows = journal(live, DeviceId(device.id), live.evening.crowd[:1])
    await wire.say(Upload(tuple(rows)))
    await wire.hear(Acknowledged)
    seen = [message.frame for message in wire.seen if isinstance(message, Sealed)]
    while True:
        sealed = seen.pop() if seen else (await wire.hear(Sealed)).frame
        frame = open_frame(sealed, wire.feed_key)
        if isinstance(frame, Delta) and frame.stream == stream:
            return Position(stream, *frame.cursor.epoch, frame.cursor.sequence), sealed


async def test_garbage_in_the_gateways_log_is_found_by_a_lane_that_knows_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, faults: FaultTable
) -> None:
    async with live_gateway(tmp_path / "old") as old:
        device = await old.enrolled()
        store = old.daemon.gateway.services.config.data / STORE
        sound = settled(store)
        async with welcomed(old, device) as wire:
            stands, frame = await entered(old, device, wire)
        shutil.copytree(tmp_path / "old", tmp_path / "new")
    log = log_of(tmp_path / "new" / STORE)
    size = log.stat().st_size
    assert size > sound
    with log.open("r+b") as file:
        file.write(b"\xa5" * size)
    async with live_gateway(tmp_path / "new") as live:
        async with connected(live, device, (stands,), journal=1) as wire:
            with caplog.at_level(logging.CRITICAL):
                recall = await wire.hear(Recall)
                ours = {at.stream: at for at in recall.positions}
                assert ours.get(stands.stream, from_nothing("")).sequence < stands.sequence
                await wire.say(Offer((frame,), last=True))
                assert await wire.hear(Taken) == Taken(0)
            snapshot = await wire.frame(Snapshot)
            assert snapshot.cursor.epoch.counter == 2
        _, counts = await live.call("GET", "/api/v1/counts")
        assert counts["performances"][0]["entered"] == 1, "its frame has brought the entry back"
        assert counts["lanes"]["awaited"] == [device.id], "its journal has not come yet"
    assert "store_went_back" in caplog.text
    faults.row(
        "Gateway",
        "Damaged store: garbage at the end of its log, which SQLite drops without a word",
        seen="event=store_went_back in the log; /readyz and dashboard: lanes awaited",
        ends="a new epoch, as after a restore, once a lane shows a sealed frame that is missing",
        lost="nothing that a lane holds",
    )


async def test_a_lane_that_only_says_so_begins_no_new_life(tmp_path: Path) -> None:
    async with live_gateway(tmp_path) as live:
        device = await live.enrolled()
        with live.daemon.gateway.services.store.reading() as session:
            epoch = session.streams.epoch()
        assert epoch is not None
        boast = Position("catalogue", *epoch, 1 << 40)
        async with connected(live, device, (boast,)) as wire:
            await wire.hear(Recall)
            await wire.say(Offer((b"no frame",), last=True))
            assert await wire.hear(Taken) == Taken(1)
            snapshot = await wire.frame(Snapshot)
            assert snapshot.cursor.epoch == epoch


async def test_a_lane_that_holds_what_the_gateway_holds_is_asked_nothing(tmp_path: Path) -> None:
    async with live_gateway(tmp_path) as live:
        device = await live.enrolled()
        with live.daemon.gateway.services.store.reading() as session:
            cursors = [held.cursor for held in session.streams.positions()]
            names = [held.stream for held in session.streams.positions()]
        at = tuple(
            Position(name, *cursor.epoch, cursor.sequence)
            for name, cursor in zip(names, cursors, strict=True)
            if cursor
        )
        async with connected(live, device, at) as wire:
            await wire.say(Ping(CLOCK.now()))
            await wire.hear(Pong)
            assert not any(isinstance(message, Recall | Delta) for message in wire.seen)
