"""The link to a live gateway: streams come, the journal goes, claims are asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgpack
import pytest

from doubles.evening import DEVICE, GATE, NOW, TOMORROW, TONIGHT, token
from doubles.gateway.scripted_link import ADMITTED, LinkGateway
from doubles.lane.link_device import LinkDevice, claim
from doubles.store.device_cache import check_in
from offline_cache.sync.events import Alarm, Applied, ConflictTold
from offline_cache.sync.timing import Timing
from validator.clock import Instant
from validator.keys import SigningKey
from validator.model import (
    Assignment,
    CheckInId,
    Conflict,
    DeviceId,
    Reason,
    Revocation,
    RevocationKind,
)
from validator.wire.messages import (
    Claimed,
    Hello,
    Ping,
    Pong,
    Position,
    Receipt,
    Sealed,
    Telemetry,
    Told,
    Want,
)
from validator.wire.rows import entry_row, revocation_row

CANCELLATIONS = f"cancellations.{TONIGHT}"
CANCELLED = revocation_row(Revocation(token().serial, RevocationKind.CANCELLED, NOW))


async def test_a_device_greets_with_what_it_holds_and_gets_the_rest(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    gateway.feed.delta(CANCELLATIONS, CANCELLED)
    await device.start()
    hello = await gateway.wait(Hello)
    assert (hello.device, hello.positions) == (DEVICE, (Position("catalogue", 0, 0, 0),))
    assert gateway.headers["Authorization"] == "Bearer secret"
    await device.until(Applied(CANCELLATIONS, 1))
    want = await gateway.wait(Want)
    assert [position.stream for position in want.positions] == list(
        device.cache.knowledge.place.streams[1:]
    )
    assert device.cache.facts(token(), GATE, NOW).revocations


async def test_a_large_snapshot_is_taken_and_what_came_meanwhile_is_asked_for(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    rows = [
        revocation_row(Revocation(token(serial).serial, RevocationKind.CANCELLED, NOW))
        for serial in range(1, 1_001)
    ]
    gateway.feed.delta(CANCELLATIONS, *rows)
    await device.start()
    await device.until(Applied(CANCELLATIONS, 1))
    here = Position(CANCELLATIONS, *gateway.feed.epoch, 1)
    assert (await gateway.wait(Want, 2)).positions == (here,)
    assert Receipt(here) in gateway.of(Receipt)
    assert device.cache.facts(token(1_000), GATE, NOW).revocations


async def test_a_device_that_comes_back_is_sent_the_rest_only(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    await device.start()
    await device.until(Applied(CANCELLATIONS, 0))
    await device.stop_link()
    gateway.feed.delta(CANCELLATIONS, CANCELLED)
    await device.start()
    await device.until(Applied(CANCELLATIONS, 1))
    hello = await gateway.wait(Hello, 2)
    assert Position(CANCELLATIONS, 1, 77, 0) in hello.positions


async def test_cancellations_in_force_are_receipted(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    await device.start()
    await device.until(Applied(CANCELLATIONS, 0))
    await gateway.publish(gateway.feed.delta(CANCELLATIONS, CANCELLED))
    last = await gateway.wait(Receipt, 3)
    assert last.position == Position(CANCELLATIONS, 1, 77, 1)
    assert device.cache.facts(token(), GATE, NOW).revocations
    streams = {receipt.position.stream.partition(".")[0] for receipt in gateway.of(Receipt)}
    assert streams == {"cancellations"}


async def test_a_new_gate_brings_its_streams_without_a_new_connection(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    await device.start()
    await device.until(Applied(CANCELLATIONS, 0))
    elsewhere = replace(GATE, id="b", performances=(TOMORROW,))
    rows = entry_row(elsewhere), entry_row(Assignment(DEVICE, "b"))
    await gateway.publish(gateway.feed.delta("catalogue", *rows))
    await device.until(Applied(f"cancellations.{TOMORROW}", 0))
    assert len(gateway.of(Hello)) == 1


async def test_a_gap_is_asked_for_and_filled(tmp_path: Path, gateway: LinkGateway) -> None:
    device = LinkDevice(tmp_path, gateway, Timing(retry_s=0.0))
    await device.start()
    await device.until(Applied(CANCELLATIONS, 0))
    gateway.feed.delta(CANCELLATIONS, CANCELLED)
    second = revocation_row(Revocation(token(2).serial, RevocationKind.CANCELLED, NOW))
    await gateway.publish(gateway.feed.delta(CANCELLATIONS, second))
    await device.until(Applied(CANCELLATIONS, 2))
    gateway.feed.delta(
        CANCELLATIONS, revocation_row(Revocation(token(3).serial, RevocationKind.CANCELLED, NOW))
    )
    await gateway.publish(gateway.feed.heartbeat())
    await device.until(Applied(CANCELLATIONS, 3))
    assert not device.of(Alarm)
    await device.stop()


async def test_changes_that_come_twice_raise_no_alarm(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    await device.start()
    await device.until(Applied(CANCELLATIONS, 0))
    changes = [
        gateway.feed.delta(
            CANCELLATIONS,
            revocation_row(Revocation(token(n).serial, RevocationKind.CANCELLED, NOW)),
        )
        for n in (1, 2, 3)
    ]
    for sealed in changes + changes:
        await gateway.publish(sealed)
    await gateway.publish(gateway.feed.delta(CANCELLATIONS, CANCELLED))
    await device.until(Applied(CANCELLATIONS, 4))
    assert not device.of(Alarm)


async def test_a_forged_frame_alarms_and_the_next_true_one_is_taken(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    await device.start()
    await device.until(Applied(CANCELLATIONS, 0))
    forger = type(gateway.feed)(key=SigningKey.from_seed(b"x" * 32))
    await gateway.publish(forger.delta(CANCELLATIONS, CANCELLED))
    await device.until_kind(Alarm)
    assert not device.cache.facts(token(), GATE, NOW).revocations
    await gateway.publish(gateway.feed.delta(CANCELLATIONS, CANCELLED))
    await device.until(Applied(CANCELLATIONS, 1))


@pytest.mark.parametrize(
    "data",
    [
        b"\xc1",
        b"",
        msgpack.packb(["Sealed"]),
        msgpack.packb(["Sealed", ["text"]]),
        msgpack.packb(["Explode", []]),
        msgpack.packb(["Hello", [1, "lane-1", [], 0, 0]]),
        msgpack.packb(["Pong", [1, 2, 3]]),
        msgpack.packb(["Pong", [NOW, 2**63, 2**64 - 1]]),
        msgpack.packb(["Sealed", [b"x" * 70]]),
    ],
)
async def test_a_malformed_message_alarms_and_the_link_stays(
    device: LinkDevice, gateway: LinkGateway, data: bytes
) -> None:
    await device.start()
    await device.until(Applied(CANCELLATIONS, 0))
    await gateway.wait(Ping)
    await gateway.send_bytes(data)
    await device.until_kind(Alarm)
    assert await device.link.claim(claim()) == ADMITTED
    assert len(gateway.of(Hello)) == 1


async def test_text_instead_of_bytes_alarms_and_the_link_stays(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    await device.start()
    await device.until(Applied(CANCELLATIONS, 0))
    await gateway.send_text("hello")
    await device.until_kind(Alarm)
    assert await device.link.claim(claim()) == ADMITTED


async def test_peer_fault_9_both_lanes_are_told_of_a_conflict(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    await device.start()
    await gateway.wait(Hello)
    ours = check_in(1, token()).id
    entries = ((ours, DEVICE, "a", NOW), (CheckInId("x"), DeviceId("lane-2"), "b", NOW))
    conflict = Conflict(ours, Reason.ALREADY_USED, None, None, entries)
    await gateway.send(Told(conflict))
    await device.until(ConflictTold(conflict))
    assert device.cache.conflicts.told() == (conflict,)


async def test_the_clock_offset_is_measured_and_survives_a_jump_of_the_wall_clock(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    assert device.link.offset_ms is None
    await device.start()
    await gateway.wait(Ping)
    await device.caught_up()
    assert device.link.offset_ms == 5_000
    device.hands.wall_ms += 60_000
    assert device.link.offset_ms == 5_000 - 60_000


async def test_telemetry_follows_each_measurement(tmp_path: Path, gateway: LinkGateway) -> None:
    device = LinkDevice(tmp_path, gateway, Timing(ping_s=0.01))
    await device.start()
    await gateway.wait(Ping, 2)
    told = await gateway.wait(Telemetry)
    assert (told.backlog, told.offset_ms) == (0, 5_000)
    await device.stop()


async def test_answers_that_nobody_asked_for_are_ignored(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    await device.start()
    await gateway.wait(Ping)
    await device.caught_up()
    sealed = gateway.feed.delta(CANCELLATIONS, CANCELLED)
    await gateway.send(Claimed(check_in(9, token()).id, ADMITTED))
    await gateway.send(Pong(Instant(NOW - 1), NOW, NOW))
    await gateway.send(Sealed(sealed))
    await device.until(Applied(CANCELLATIONS, 1))
    assert device.link.offset_ms == 5_000
    assert device.cache.owed() == ()
    assert device.link.connected
