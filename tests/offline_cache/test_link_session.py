"""The link to a live gateway: streams come, the journal goes, claims are asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import msgpack
import pytest

from doubles.authority import Authority
from doubles.device_cache import check_in
from doubles.evening import DEVICE, GATE, NOW, TOMORROW, TONIGHT, token
from doubles.feed_source import evening_rows
from doubles.link_device import LinkDevice
from doubles.link_gateway import ADMITTED, LinkGateway
from offline_cache.link import Alarm, Applied, ConflictTold, Up
from offline_cache.pace import Pace
from offline_cache.session import BATCH
from validator.keys import SigningKey
from validator.model import (
    Assignment,
    CheckInId,
    Conflict,
    DeviceId,
    Direction,
    Reason,
    Revocation,
    RevocationKind,
    Scan,
)
from validator.wire.messages import (
    ClaimRequest,
    GiveBack,
    Hello,
    Ping,
    Pong,
    Position,
    Receipt,
    Sealed,
    Telemetry,
    Told,
    Upload,
    Want,
)
from validator.wire.rows import entry_row, revocation_row

CANCELLATIONS = f"cancellations.{TONIGHT}"
CANCELLED = revocation_row(Revocation(token().serial, RevocationKind.CANCELLED, NOW))


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[LinkGateway]:
    gateway = LinkGateway(Authority(tmp_path / "venue"))
    gateway.feed.delta("catalogue", *evening_rows())
    await gateway.start()
    yield gateway
    await gateway.stop()


@pytest.fixture
async def device(tmp_path: Path, gateway: LinkGateway) -> AsyncIterator[LinkDevice]:
    device = LinkDevice(tmp_path, gateway)
    yield device
    await device.stop()


def claim(number: int = 1) -> ClaimRequest:
    event = check_in(number, token())
    return ClaimRequest(Scan(event.id, "E1:X", event.at), "a", Direction.ENTRY)


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
    assert [position.stream for position in want.positions] == list(device.cache.streams[1:])
    assert device.cache.facts(token(), GATE, NOW).revocations


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
    device = LinkDevice(tmp_path, gateway, Pace(retry_s=0.0))
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


async def test_absurd_acknowledgements_change_nothing(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    gateway.acknowledges = False
    device.cache.append(check_in(1, token()))
    await device.start()
    await gateway.wait(Upload)
    await gateway.send_bytes(msgpack.packb(["Acknowledged", [-5, []]]))
    await gateway.send_bytes(msgpack.packb(["Acknowledged", [2**64 - 1, []]]))
    await gateway.publish(gateway.feed.delta(CANCELLATIONS, CANCELLED))
    await device.until(Applied(CANCELLATIONS, 1))
    assert len(gateway.of(Hello)) == 1


async def test_the_journal_is_delivered_and_what_is_added_follows(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    first = device.cache.append(check_in(1, token()))
    await device.start()
    await gateway.wait(Upload)
    second = device.cache.append(check_in(2, token(2)))
    device.link.wake()
    await gateway.wait(Upload, 2)
    await device.caught_up()
    assert list(gateway.rows.values()) == [first, second]


async def test_peer_fault_15_a_long_queue_goes_in_a_few_uploads(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    for number in range(1, 2 * BATCH + 2):
        device.cache.append(check_in(number, token()))
    await device.start()
    await gateway.wait(Upload, 3)
    await device.caught_up()
    assert len(gateway.rows) == 2 * BATCH + 1
    assert len(gateway.of(Upload)) == 3


async def test_peer_fault_7_a_row_that_is_rejected_does_not_stop_the_next(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    gateway.rejected = {2}
    events = [check_in(number, token(number)) for number in (1, 2, 3)]
    for event in events:
        device.cache.append(event)
    await device.start()
    await gateway.wait(Upload)
    await device.caught_up()
    assert device.cache.rejected() == ((events[1].id, "bad row"),)
    assert set(gateway.rows) == {1, 2, 3}


async def test_rows_that_a_gateway_does_not_take_are_kept_and_offered_again(
    tmp_path: Path, gateway: LinkGateway
) -> None:
    device = LinkDevice(tmp_path, gateway, Pace(retry_s=0.0))
    gateway.takes = False
    device.cache.append(check_in(1, token()))
    await device.start()
    await gateway.wait(Upload, 3)
    await device.until_kind(Alarm)
    gateway.takes = True
    await gateway.wait(Upload, len(gateway.of(Upload)) + 2)
    await device.caught_up()
    assert device.cache.backlog() == 0
    await device.stop()


async def test_a_restored_gateway_gets_the_rows_that_it_has_lost(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    for number in (1, 2, 3):
        device.cache.append(check_in(number, token()))
    await device.start()
    await gateway.wait(Upload)
    await device.caught_up()
    await device.stop_link()
    gateway.rows.pop(3)
    await device.start()
    again = await gateway.wait(Upload, 2)
    assert [row.sequence for row in again.rows] == [3]
    await device.caught_up()


async def test_a_gateway_that_knows_more_than_the_device_is_an_alarm(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    gateway.rows[7] = device.cache.append(check_in(1, token()))
    await device.start()
    alarm = await device.until_kind(Alarm)
    assert "old copy" in alarm.text


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
    assert device.cache.conflicts() == (conflict,)


async def test_the_clock_offset_is_measured_and_survives_a_jump_of_the_wall_clock(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    assert device.link.offset_ms is None
    await device.start()
    await gateway.wait(Ping)
    await device.caught_up()
    assert device.link.offset_ms == 5_000
    assert device.link.uncertainty_ms == 0
    device.hands.wall_ms += 60_000
    assert device.link.offset_ms == 5_000 - 60_000


async def test_telemetry_follows_each_measurement(tmp_path: Path, gateway: LinkGateway) -> None:
    device = LinkDevice(tmp_path, gateway, Pace(ping_s=0.01))
    await device.start()
    await gateway.wait(Ping, 2)
    told = await gateway.wait(Telemetry)
    assert (told.backlog, told.offset_ms) == (0, 5_000)
    await device.stop()


async def test_a_claim_is_answered(device: LinkDevice, gateway: LinkGateway) -> None:
    assert await device.link.claim(claim()) is None, "no link yet"
    assert not device.link.connected
    await device.start()
    await device.until(Up())
    assert device.link.connected
    assert await device.link.claim(claim()) == ADMITTED
    assert await gateway.wait(ClaimRequest) == claim()


async def test_claims_are_answered_while_the_disk_is_busy(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    await device.start()
    await device.until(Applied(CANCELLATIONS, 0))
    with device.busy_disk():
        await gateway.publish(gateway.feed.delta(CANCELLATIONS, CANCELLED))
        assert await device.link.claim(claim()) == ADMITTED
    await device.until(Applied(CANCELLATIONS, 1))


async def test_a_claim_that_is_not_used_is_given_back_now_or_at_the_next_connection(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    device.link.give_back(CheckInId("early"))
    await device.start()
    assert (await gateway.wait(GiveBack)).id == "early"
    device.link.give_back(CheckInId("late"))
    assert (await gateway.wait(GiveBack, 2)).id == "late"


async def test_when_the_link_is_lost_a_claim_that_waits_goes_on_alone(
    tmp_path: Path, gateway: LinkGateway
) -> None:
    device = LinkDevice(tmp_path, gateway, Pace(claim_s=600))
    gateway.verdict = lambda request: None
    await device.start()
    await device.until(Up())
    asked = asyncio.create_task(device.link.claim(claim()))
    await gateway.wait(ClaimRequest)
    await gateway.close(1001, "The gateway stops.")
    assert await asked is None
    await device.stop()


async def test_an_answer_of_nobodys_claim_is_ignored(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    await device.start()
    await device.until(Up())
    sealed = gateway.feed.delta(CANCELLATIONS, CANCELLED)
    await gateway.send(Pong(NOW, NOW, NOW))
    await gateway.send(Sealed(sealed))
    await device.until(Applied(CANCELLATIONS, 1))
