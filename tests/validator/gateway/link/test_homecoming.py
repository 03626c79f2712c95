"""Devices come back to a restored gateway: recalled, heard out, and only then led on."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from doubles.gateway.live import CLOCK, Device, LiveGateway, live_gateway
from doubles.gateway.raw_wire import claim, connected, from_nothing, journal, welcomed
from validator.enrolment import read_enrolment_code
from validator.feed import Snapshot
from validator.gateway.backup.backup import back_up
from validator.gateway.backup.restore import restore
from validator.gateway.trust.auth import Role
from validator.model import Assurance, DeviceId
from validator.wire.messages import (
    Acknowledged,
    Claimed,
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


@dataclass
class Spare:
    """A spare machine that has taken over, and two devices that the backup knows."""

    live: LiveGateway
    one: Device
    two: Device

    async def awaited(self) -> list[str]:
        _, before = await self.live.call("GET", "/readyz")
        _, counts = await self.live.call("GET", "/api/v1/counts")
        status, body = await self.live.call("GET", "/readyz")
        assert status == 200
        # A device may come back between two questions.
        assert counts["lanes"]["awaited"] in (before["awaited"], body["awaited"])
        return list(body["awaited"])


@pytest.fixture
async def spare(tmp_path: Path) -> AsyncIterator[Spare]:
    backup = tmp_path / "a.backup"
    async with live_gateway(tmp_path / "old") as old:
        devices = [await old.enrolled() for _ in range(2)]
        data = old.daemon.gateway.services.config.data
        await asyncio.to_thread(back_up, data, backup, None, CLOCK.now(), os.urandom)
    await asyncio.to_thread(
        restore, backup, tmp_path / "new", lambda: "never asked for", CLOCK, os.urandom
    )
    async with live_gateway(tmp_path / "new") as live:
        yield Spare(live, *devices)


async def test_no_frame_is_sent_and_no_claim_answered_before_the_last_offer(spare: Spare) -> None:
    assert await spare.awaited() == [spare.one.id, spare.two.id]
    held = (Position("catalogue", 1, 77, 3),)
    async with connected(spare.live, spare.one, held) as wire:
        recall = await wire.hear(Recall)
        assert {"catalogue"} <= {position.stream for position in recall.positions}
        assert {position.counter for position in recall.positions} == {1}
        await wire.say(Want((from_nothing("catalogue"),)))
        await wire.say(claim(spare.live, spare.live.evening.crowd[0]))
        await wire.say(Offer((b"not genuine",), last=False))
        assert await wire.hear(Taken) == Taken(1)
        assert await spare.awaited() == [spare.one.id, spare.two.id]
        await wire.say(Offer((), last=True))
        await wire.hear(Taken)
        for message in wire.seen:
            assert not isinstance(message, Claimed)
            assert not (isinstance(message, Sealed) and b"catalogue" in message.frame)
        snapshot = await wire.frame(Snapshot)
        assert snapshot.cursor.epoch.counter == 2
        await wire.say(claim(spare.live, spare.live.evening.crowd[0]))
        answer = await wire.hear(Claimed)
        assert answer.verdict.passes
        assert answer.verdict.assurance is Assurance.PROVISIONAL
    assert await spare.awaited() == [spare.two.id]


async def test_a_device_has_come_when_its_journal_is_there_too(spare: Spare) -> None:
    id = DeviceId(spare.one.id)
    rows = journal(spare.live, id, spare.live.evening.crowd[:2])
    async with connected(spare.live, spare.one, journal=2) as wire:
        await wire.hear(Recall)
        await wire.say(Offer((), last=True))
        await wire.hear(Taken)
        assert spare.one.id in await spare.awaited()
        await wire.say(Upload(tuple(rows[:1])))
        await wire.hear(Acknowledged)
        assert spare.one.id in await spare.awaited()
        await wire.say(Upload(tuple(rows[1:])))
        await wire.hear(Acknowledged)
        await wire.say(Ping(CLOCK.now()))
        async with asyncio.timeout(10):
            while spare.one.id in await spare.awaited():
                await wire.say(Ping(CLOCK.now()))
                await wire.hear(Pong)


async def test_a_supervisor_writes_the_silent_off_by_name(spare: Spare) -> None:
    live = spare.live
    steward = await live.user("kim", Role.STEWARD)
    path = f"/api/v1/devices/{spare.two.id}/write-off"
    status, _ = await live.call("POST", path, {}, steward)
    assert status == 403
    status, body = await live.call("POST", path, {}, live.admin)
    assert (status, body) == (200, {"awaited": [spare.one.id]})
    status, body = await live.call("POST", path, {}, live.admin)
    assert status == 400
    assert f"those that are: {spare.one.id}" in body["error"]
    status, _ = await live.call("POST", f"/api/v1/devices/{spare.one.id}/revoke", {}, live.admin)
    assert await spare.awaited() == []
    code = live.code(live.evening.crowd[0])
    status, shown = await live.call(
        "POST", "/api/v1/check-ins", {"code": code, "gate": "a"}, steward
    )
    assert (status, shown["assurance"]) == (200, "confirmed")
    # Given up, and heard all the same when it comes.
    async with connected(live, spare.two) as wire:
        await wire.hear(Recall)


async def test_who_was_enrolled_after_the_restore_gives_nothing_back(spare: Spare) -> None:
    new = await spare.live.enrolled()
    assert new.id.startswith("lane-3-")
    async with welcomed(spare.live, new, (from_nothing("catalogue"),)) as wire:
        await wire.frame(Snapshot)
        await wire.say(Offer((b"x",), last=True))
        assert await wire.hear(Taken) == Taken(1)
        await wire.say(Ping(CLOCK.now()))
        await wire.hear(Pong)
        assert not any(isinstance(message, Recall) for message in wire.seen)


async def test_a_device_of_a_higher_life_lifts_the_gateway_above_it(
    spare: Spare, tmp_path: Path
) -> None:
    """The same backup was restored on another machine first; that one is lost, too."""
    await asyncio.to_thread(
        restore, tmp_path / "a.backup", tmp_path / "other", lambda: "", CLOCK, os.urandom
    )
    async with live_gateway(tmp_path / "other") as other:
        services = other.daemon.gateway.services
        frames = services.backlog.frames_since(Position("catalogue", 0, 0, 0))
        with services.store.reading() as session:
            epoch = session.streams.epoch()
        assert epoch is not None
    async with connected(spare.live, spare.two, (from_nothing("catalogue"),)) as beside:
        await beside.hear(Recall)
        await beside.say(Offer((), last=True))
        await beside.frame(Snapshot)
        held = (Position("catalogue", *epoch, 1),)
        async with connected(spare.live, spare.one, held) as wire:
            await wire.hear(Recall)
            await wire.say(Offer(tuple(frames), last=True))
            assert await wire.hear(Taken) == Taken(0)
            snapshot = await wire.frame(Snapshot)
            assert snapshot.cursor.epoch.counter == epoch.counter + 1
        code, why = await beside.closed()
        assert code == 1001
        assert "new epoch" in why


async def test_a_device_that_the_backup_has_forgotten_gets_its_id_back(spare: Spare) -> None:
    live = spare.live

    async def enrol(device: str) -> str:
        _, made = await live.call("POST", "/api/v1/devices/codes", {"gate": "a"}, live.admin)
        _, secret = read_enrolment_code(made["code"])
        body = {"secret": secret.hex(), "name": "Late", "device": device}
        status, answer = await live.call("POST", "/api/v1/enrol", body, tls=True)
        assert status == 200, answer
        return str(answer["device"])

    assert await enrol("lane-3") == "lane-3"
    assert "lane-3" in await spare.awaited()
    # Taken, another one's, or no id of ours: a new one.
    for taken in ("lane-3", spare.one.id, "api:kim"):
        assert (await enrol(taken)).count("-") == 2
