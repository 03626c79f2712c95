"""What a device gives the gateway over the link: its journal, and claims."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgpack

from doubles.evening import NOW, TONIGHT, token
from doubles.gateway.scripted_link import ADMITTED, LinkGateway
from doubles.lane.link_device import LinkDevice, claim
from doubles.store.device_cache import check_in
from offline_cache.sync.events import Alarm, Applied, Up
from offline_cache.sync.session import BATCH
from offline_cache.sync.timing import Timing
from validator.model import CheckInId, Revocation, RevocationKind
from validator.wire.messages import ClaimRequest, GiveBack, Hello, Upload
from validator.wire.rows import revocation_row

CANCELLATIONS = f"cancellations.{TONIGHT}"
CANCELLED = revocation_row(Revocation(token().serial, RevocationKind.CANCELLED, NOW))


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
    device = LinkDevice(tmp_path, gateway, Timing(retry_s=0.0))
    gateway.takes = False
    device.cache.append(check_in(1, token()))
    await device.start()
    await gateway.wait(Upload, 3)
    await device.until_kind(Alarm)
    gateway.takes = True
    await gateway.stored(1)
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
    device = LinkDevice(tmp_path, gateway, Timing(claim_s=600))
    gateway.verdict = lambda request: None
    await device.start()
    await device.until(Up())
    asked = asyncio.create_task(device.link.claim(claim()))
    await gateway.wait(ClaimRequest)
    await gateway.close(1001, "The gateway stops.")
    assert await asked is None
    await device.stop()
