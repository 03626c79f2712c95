"""A gateway that was restored is given what it lost, before its new epoch replaces anything."""

import pytest

from doubles.evening import GATE, NOW, TONIGHT, token
from doubles.gateway.feed_source import FeedSource, evening_rows
from doubles.gateway.scripted_link import LinkGateway
from doubles.lane.link_device import LinkDevice
from doubles.store.device_cache import check_in, settled
from offline_cache.cache import Cache
from offline_cache.knowledge.offers import BEGINNING, OFFER_BYTES
from offline_cache.sync.events import Alarm, Applied
from validator.errors import FrameRefused
from validator.model import Revocation, RevocationKind
from validator.wire.messages import Offer, Position, Recall, Upload
from validator.wire.rows import revocation_row

CANCELLATIONS = f"cancellations.{TONIGHT}"
NOTHING = Recall(())


def cancel(serial: int) -> tuple[bytes, bytes]:
    return revocation_row(Revocation(token(serial).serial, RevocationKind.CANCELLED, NOW))


def offered(gateway: LinkGateway) -> list[bytes]:
    return [sealed for offer in gateway.of(Offer) for sealed in offer.frames]


def knows(device: LinkDevice, serial: int) -> bool:
    return bool(device.cache.facts(token(serial), GATE, NOW).revocations)


async def put_back(gateway: LinkGateway, device: LinkDevice) -> None:
    """Have the gateway restored from a backup that knows nothing of tonight."""
    await device.stop_link()
    gateway.heard.clear()
    gateway.feed = FeedSource(counter=2)
    gateway.feed.delta("catalogue", *evening_rows())
    gateway.feed.delta(CANCELLATIONS, cancel(2))


async def in_touch(gateway: LinkGateway, device: LinkDevice) -> list[bytes]:
    """Connect, and hear of a cancellation; return the frames that came."""
    first = gateway.feed.delta(CANCELLATIONS, cancel(8))
    await device.start()
    await device.until(Applied(CANCELLATIONS, 1))
    second = gateway.feed.delta(CANCELLATIONS, cancel(1))
    await gateway.publish(second)
    await device.until(Applied(CANCELLATIONS, 2))
    return [first, second]


async def test_it_offers_what_lies_past_the_backup_then_enters_the_new_epoch(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    frames = await in_touch(gateway, device)
    await put_back(gateway, device)
    gateway.recall = Recall((Position("catalogue", 1, 77, 1), Position(CANCELLATIONS, 1, 77, 1)))
    await device.start()
    await device.until(Applied(CANCELLATIONS, 1))
    assert [sealed for sealed in offered(gateway) if sealed in frames] == frames[1:]
    assert gateway.of(Offer)[-1].last
    assert device.cache.knowledge.positions([CANCELLATIONS]) == (Position(CANCELLATIONS, 2, 77, 1),)
    assert (knows(device, 1), knows(device, 2)) == (False, True)


async def test_to_a_gateway_that_knows_nothing_it_offers_everything(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    await in_touch(gateway, device)
    await put_back(gateway, device)
    gateway.recall = NOTHING
    await device.start()
    await device.until(Applied(CANCELLATIONS, 1))
    assert len(set(offered(gateway))) == len(offered(gateway)) >= 3


async def test_until_it_has_offered_it_keeps_its_old_set(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    await in_touch(gateway, device)
    await put_back(gateway, device)
    await device.start()
    alarm = await device.until_kind(Alarm)
    assert "has not asked for what its restore has lost" in alarm.text
    assert knows(device, 1)
    assert device.cache.knowledge.positions([CANCELLATIONS])[0].counter == 1


async def test_what_was_acknowledged_is_delivered_again_to_a_gateway_that_has_lost_it(
    device: LinkDevice, gateway: LinkGateway
) -> None:
    await in_touch(gateway, device)
    for serial in (3, 4, 5):
        device.cache.append(check_in(serial, token(serial)))
    device.link.wake()
    await gateway.stored(3)
    await device.caught_up()
    await put_back(gateway, device)
    gateway.rows = {1: gateway.rows[1]}
    gateway.recall = NOTHING
    await device.start()
    await gateway.stored(3)
    assert [row.sequence for upload in gateway.of(Upload) for row in upload.rows][:2] == [2, 3]


def test_an_offer_stays_small_and_none_is_left_out(cache: Cache, feed: FeedSource) -> None:
    frames = [feed.snapshot("catalogue")]
    cache.knowledge.apply(frames[0])
    for part in range(12):
        rows = tuple(cancel(serial) for serial in range(part * 3_000 + 1, part * 3_000 + 3_001))
        frames.append(feed.delta(CANCELLATIONS, *rows))
    cache.knowledge.apply(feed.snapshot(CANCELLATIONS))
    settled(cache)
    frames[1:] = [feed.snapshot(CANCELLATIONS)]
    for part in range(12, 24):
        rows = tuple(cancel(serial) for serial in range(part * 3_000 + 1, part * 3_000 + 3_001))
        frames.append(feed.delta(CANCELLATIONS, *rows))
        cache.knowledge.apply(frames[-1])
    found: list[bytes] = []
    after, last, batches = BEGINNING, False, 0
    while not last:
        batch = cache.offers.batch(NOTHING, after)
        sizes = [len(sealed) for sealed in batch.frames]
        assert len(sizes) == 1 or sum(sizes) <= OFFER_BYTES
        found += batch.frames
        after, last, batches = batch.after, batch.last, batches + 1
    assert found == frames
    assert batches > 1


def test_a_lower_epoch_is_refused_whatever_was_offered(cache: Cache, feed: FeedSource) -> None:
    later = FeedSource(counter=3)
    cache.knowledge.apply(later.snapshot(CANCELLATIONS))
    cache.offers.made(True)
    with pytest.raises(FrameRefused, match="has ended"):
        cache.knowledge.apply(feed.snapshot(CANCELLATIONS))
