import asyncio

from doubles.gateway.raw_wire import GATE
from validator.clock import Instant
from validator.gateway.feeds.lanes import Lanes, LinkedLane
from validator.model import DeviceId
from validator.wire.messages import Sealed, encode


class Wire:
    """The socket's end of a lane's queue."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    async def send_bytes(self, data: bytes) -> None:
        self.sent.append(data)


async def going(lane: LinkedLane) -> list[bytes]:
    """Return what goes out to a lane now."""
    wire = Wire()
    sending = asyncio.create_task(lane.send(wire))
    await asyncio.sleep(0)
    sending.cancel()
    return wire.sent


async def test_a_lane_that_does_not_keep_up_is_dropped_and_the_others_are_not() -> None:
    lanes = Lanes(lambda: None)
    slow, quick = (
        LinkedLane(DeviceId(id), GATE, Instant(0), most_news=10) for id in ("slow", "quick")
    )
    for lane in (slow, quick):
        lanes.join(lane)
        assert lane.begin("catalogue")
        lane.follow("catalogue", [])
    sent: list[bytes] = []
    for number in range(11):
        lanes.publish("catalogue", [bytes([number])])
        sent += await going(quick)
    async with asyncio.timeout(5):
        assert (await slow.stalled())[0] == 4408
    assert sent == [encode(Sealed(bytes([number]))) for number in range(11)]


async def test_news_during_a_catch_up_comes_after_it_and_is_encoded_once_for_all() -> None:
    lanes = Lanes(lambda: None)
    one, two = (LinkedLane(DeviceId(id), GATE, Instant(0)) for id in ("one", "two"))
    lanes.join(one)
    lanes.join(two)
    for lane in (one, two):
        assert lane.begin("catalogue")
        assert not lane.begin("catalogue")
    lanes.publish("catalogue", [b"new"])
    lanes.publish("uses.5", [b"not asked for"])
    for lane in (one, two):
        lane.follow("catalogue", [b"old"])
    first, second = await going(one), await going(two)
    assert first == second == [b"old", encode(Sealed(b"new"))]
    assert first[1] is second[1]


async def test_news_that_is_held_back_while_a_snapshot_is_fetched_counts_too() -> None:
    lanes = Lanes(lambda: None)
    lane = LinkedLane(DeviceId("slow"), GATE, Instant(0), most_news=10)
    lanes.join(lane)
    assert lane.begin("catalogue")
    assert lane.begin("uses.5")
    for number in range(6):
        lanes.publish("catalogue", [bytes([number])])
        lanes.publish("uses.5", [bytes([number])])
    async with asyncio.timeout(5):
        assert (await lane.stalled())[0] == 4408
    for stream in ("catalogue", "uses.5"):
        lane.follow(stream, [b"snapshot"])
    assert await going(lane) == []


async def test_news_that_was_held_back_counts_once_and_no_more_when_it_is_sent_or_forgotten() -> (
    None
):
    lanes = Lanes(lambda: None)
    lane = LinkedLane(DeviceId("quick"), GATE, Instant(0), most_news=10)
    lanes.join(lane)
    for stream in ("catalogue", "uses.5", "catalogue", "catalogue"):
        assert lane.begin(stream)
        lanes.publish(stream, [bytes([number]) for number in range(10)])
        if stream == "catalogue":
            lane.follow(stream, [b"snapshot"])
            assert len(await going(lane)) == 11
        else:
            lane.forget(stream)
    stalled = asyncio.create_task(lane.stalled())
    await asyncio.sleep(0)
    assert not stalled.done()
    stalled.cancel()
