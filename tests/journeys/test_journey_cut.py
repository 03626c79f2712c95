"""Lanes that lose the gateway, or only its answers, and what becomes of their greens."""

import asyncio
from contextlib import suppress

from journeys.venue.venue import Venue
from journeys.venue.waiting import until
from validator.gateway.demo.cable import CHUNK, Cable


class MutedWire(Cable):
    """Answers can be lost on it while requests go through, so a muted link ends broken."""

    muted = False

    async def back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                if not self.muted:
                    writer.write(data)
                    await writer.drain()
        writer.close()

    def unmute(self) -> None:
        """End the links that lost something, and let new ones through."""
        self.muted = False
        self.pull()
        self.plug()


async def test_two_lanes_cut_off_admit_one_ticket_and_all_three_name_it(venue: Venue) -> None:
    await venue.open()
    number = venue.evening.full[0]
    cables, lanes, shown = [], [], []
    for name in ("left", "right"):
        cable, port = await venue.cable()
        lane = await venue.enrolled(name, port=port)
        await lane.start(*venue.streams)
        await venue.informed(lane)
        before = len(lane.lines)
        cable.pull()
        await lane.heard(before, event="down")
        shown.append(await lane.scan(venue.code(number)))
        cables.append(cable)
        lanes.append(lane)
    for line in shown:
        assert (line["decision"], line["assurance"]) == ("admit", "provisional")
    for cable in cables:
        cable.plug()

    told = [await lane.heard(0, event="conflict") for lane in lanes]
    assert told[0]["id"] == told[1]["id"] == shown[1]["id"]
    for line in told:
        assert number in line["line"]
        assert all(lane.device in line["line"] for lane in lanes)
    await venue.delivered(lanes)
    counts = await venue.counts()
    assert counts["conflicts"] == 1
    assert counts["decisions"]["admit"] == 2
    assert await venue.entered() == 2


async def test_a_green_whose_refusal_was_lost_is_accepted_and_reported(venue: Venue) -> None:
    await venue.open()
    number = venue.evening.full[0]
    wire = MutedWire("127.0.0.1", venue.tls)
    venue.relay(wire.stop)
    first = await venue.enrolled("first")
    second = await venue.enrolled("second", port=await wire.start())
    for lane in (first, second):
        await lane.start(*venue.streams, wait_s=0.5)
        await venue.informed(lane)
    await until(second.acknowledged)
    wire.muted = True

    assert (await first.scan(venue.code(number)))["assurance"] == "confirmed"
    await venue.delivered([first])
    lost = await second.scan(venue.code(number))
    assert (lost["decision"], lost["assurance"]) == ("admit", "provisional")

    # Its claim went ahead of its journal on the same link: the gateway had refused it by then.
    async def reported() -> bool:
        return bool((await venue.counts())["conflicts"] == 1)

    await until(reported)
    assert (await first.heard(0, event="conflict"))["id"] == lost["id"]
    wire.unmute()
    assert (await second.heard(0, event="conflict"))["id"] == lost["id"]
    for lane in (first, second):
        await lane.finish()
    await venue.delivered([first, second])
    assert await venue.entered() == 2
