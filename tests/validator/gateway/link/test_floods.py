"""What a lying lane sends in heaps holds nobody else up, and nothing is kept of it for ever."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from doubles.gateway.live import CLOCK, Device, LiveGateway, sold
from doubles.gateway.raw_wire import claim, connected, from_nothing, journal, welcomed
from validator.boxoffice.model import Refund
from validator.feed import Delta, Snapshot
from validator.feed.names import CATALOGUE
from validator.gateway.daemon import Daemon
from validator.gateway.ledger.check_ins import MAX_BODY
from validator.gateway.trust.budgets import Budgets
from validator.model import Decision, DeviceId
from validator.wire.messages import (
    CLOSE_BUSY,
    CLOSE_REPLACED,
    Acknowledged,
    Claimed,
    JournalRow,
    Ping,
    Pong,
    Position,
    Receipt,
    Sealed,
    Upload,
    Want,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


def device_of(device: Device) -> DeviceId:
    return DeviceId(device.id)


def chained(bodies: list[bytes]) -> tuple[JournalRow, ...]:
    rows: list[JournalRow] = []
    for body in bodies:
        previous = rows[-1].hash if rows else bytes(32)
        rows.append(
            JournalRow(len(rows) + 1, previous, hashlib.sha256(previous + body).digest(), body)
        )
    return tuple(rows)


async def test_made_up_streams_are_not_followed_and_those_that_are_come_all_the_same(
    live: LiveGateway,
) -> None:
    liar = await live.enrolled()
    made_up = tuple(
        from_nothing(f"{kind}.{scope}")
        for kind in ("uses", "tickets", "cancellations", "x")
        for scope in range(90_000, 90_050)
    )
    async with welcomed(live, liar) as wire:
        await wire.say(Want((*made_up, from_nothing(CATALOGUE))))
        await wire.frame(Snapshot)
        lane = live.daemon.gateway.services.lanes.find(device_of(liar))
        assert lane is not None
        while lane.behind:
            await wire.say(Ping(CLOCK.now()))
            await wire.hear(Pong)
        assert not [each for each in made_up if lane.follows(each.stream)]
    for name in ("uses.90000", "x.1", "uses", "catalogue.1"):
        status, body = await live.call("GET", f"/api/v1/streams/{name}", token=liar.token)
        assert (status in (400, 404), "no stream" in body["error"]) == (True, True), name


async def test_receipts_are_kept_of_streams_that_it_follows_and_of_no_others(
    live: LiveGateway,
) -> None:
    liar = await live.enrolled()
    async with welcomed(live, liar, (from_nothing(CATALOGUE),)) as wire:
        for name in ("x" * 900_000, "uses.90000", f"uses.{live.evening.tonight}", CATALOGUE):
            await wire.say(Receipt(Position(name, 1, 2, 3)))
        await wire.say(Ping(CLOCK.now()))
        await wire.hear(Pong)
        _, body = await live.call("GET", "/api/v1/devices", token=live.admin)
        told = next(each for each in body["devices"] if each["id"] == liar.id)
        assert list(told["confirmed"]) == [CATALOGUE]


async def test_of_an_endless_row_a_piece_is_kept_and_the_next_one_is_looked_at(
    live: LiveGateway,
) -> None:
    liar = await live.enrolled()
    good = journal(live, device_of(liar), live.evening.crowd[-1:])[0].body
    rows = chained([b"\xc1" * 300_000, b"x" * 500_000, good])
    async with welcomed(live, liar) as wire:
        await wire.say(Upload(rows))
        answer = await wire.hear(Acknowledged)
    assert [outcome.accepted for outcome in answer.outcomes] == [False, False, True]
    with live.daemon.gateway.services.store.reading() as session:
        kept = [session.device_rows.find(device_of(liar), row.sequence, row.hash) for row in rows]
    assert [len((row and row.body) or b"") for row in kept] == [MAX_BODY, MAX_BODY, 0]


async def test_claims_that_carry_thousands_of_rows_hold_up_their_own_lane_only(
    live: LiveGateway,
) -> None:
    liar, honest = await live.enrolled(), await live.enrolled()
    rows = tuple(journal(live, device_of(liar), live.evening.crowd[:1] * 400))
    heavy = [replace(claim(live, live.evening.crowd[0]), owed=rows) for _ in range(3)]
    answered: list[str] = []
    async with welcomed(live, liar) as flood, welcomed(live, honest) as wire:

        async def hear(who: str, count: int) -> None:
            for _ in range(count):
                await (flood if who == "liar" else wire).hear(Claimed)
                answered.append(who)

        for each in heavy:
            await flood.say(each)
        liars = asyncio.create_task(hear("liar", len(heavy)))
        for number in live.evening.crowd[1:6]:
            await wire.say(claim(live, number))
            await hear("honest", 1)
        status, _ = await live.call("GET", "/readyz")
        assert status == 200
        await liars
    assert answered[:5] == ["honest"] * 5


async def test_a_cancellation_is_out_before_uploads_are_in(live: LiveGateway) -> None:
    stream = f"cancellations.{live.evening.tonight}"
    number = live.evening.crowd[7]
    watching = await live.enrolled()
    async with welcomed(live, watching, (from_nothing(stream),)) as wire:
        await wire.hear(Sealed)
        liars = [await live.enrolled() for _ in range(3)]
        heard: list[str] = []

        async def upload(device: Device) -> None:
            rows = journal(live, device_of(device), live.evening.crowd[8:9] * 60)
            async with welcomed(live, device) as sending:
                await sending.say(Upload(tuple(rows)))
                await sending.hear(Acknowledged)
                heard.append("upload")

        uploads = [asyncio.create_task(upload(device)) for device in liars]
        cancel = live.daemon.gateway.office.tickets.cancel
        await asyncio.to_thread(cancel, [number], Refund.NONE, "ill")
        while stream not in {(await wire.frame(Delta)).stream}:
            continue
        heard.append("cancelled")
        await asyncio.gather(*uploads)
    assert heard[0] == "cancelled"


async def test_a_revoked_device_delivers_over_one_connection_only(live: LiveGateway) -> None:
    liar = await live.enrolled()
    assert (await live.call("POST", f"/api/v1/devices/{liar.id}/revoke", token=live.admin))[
        0
    ] == 200
    async with connected(live, liar, journal=5) as first, connected(live, liar, journal=5):
        assert (await first.closed())[0] == CLOSE_REPLACED


class Time:
    """Seconds that pass when somebody sleeps."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        await asyncio.sleep(0)


@asynccontextmanager
async def in_a_hurry(folder: Path) -> AsyncIterator[LiveGateway]:
    """Run a gateway on which devices earn what they used up as soon as they wait for it."""
    evening, config = await asyncio.to_thread(sold, folder)
    daemon = Daemon(config, CLOCK)
    time = Time()
    budgets = Budgets(time, time.sleep)
    daemon.gateway.services = replace(daemon.gateway.services, budgets=budgets)
    await daemon.start()
    try:
        async with aiohttp.ClientSession() as http:
            running = LiveGateway(daemon, evening, http)
            await running.heard()
            yield running
    finally:
        await daemon.stop()


async def test_who_does_not_stop_is_let_go_and_told_of_and_others_are_served(
    tmp_path: Path,
) -> None:
    async with in_a_hurry(tmp_path) as live:
        liar, honest = await live.enrolled(), await live.enrolled()
        async with welcomed(live, honest) as wire, welcomed(live, liar) as flood:

            async def garbage() -> None:
                try:
                    while True:
                        await flood.socket.send_bytes(b"\xc1" * 3)
                        await asyncio.sleep(0)
                except ConnectionError:
                    return

            sending = asyncio.create_task(garbage())
            code, why = await flood.closed()
            sending.cancel()
            assert (code, "more than a scanner" in why) == (CLOSE_BUSY, True)
            await wire.say(claim(live, live.evening.crowd[0]))
            assert (await wire.hear(Claimed)).verdict.decision is Decision.ADMIT
            _, body = await live.call("GET", "/api/v1/devices", token=live.admin)
            assert {each["id"]: each["slowed"] for each in body["devices"]}[liar.id]
            _, figures = await live.call("GET", "/api/v1/counts", token=live.admin)
            assert liar.id in {alarm["source"] for alarm in figures["alarms"]}
