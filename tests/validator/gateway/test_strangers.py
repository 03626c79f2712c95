"""Strangers hold nothing: who is not signed in has seconds and a bounded number of connections."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from doubles.gateway.live import CLOCK, LiveGateway, live_gateway
from doubles.gateway.raw_wire import claim, welcomed
from doubles.gateway.stranger import Stranger, stranger
from validator.enrolment import TLS_NAME
from validator.gateway.host.doors import Bounds, Shares
from validator.model import Decision
from validator.wire.messages import Claimed, Ping, Pong

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOON = Bounds(
    most=500, strangers=100, each=100, handshake_s=3.0, idle_s=3.0, stranger_s=6.0, patience_s=0.0
)
PATIENT = Bounds(most=500, strangers=8, each=4, patience_s=0.0)
"""Nobody goes for being slow, so that numbers alone decide."""

GET = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
AUTHORITY = "GET /api/v1/authority HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
ENROL = "POST /api/v1/enrol HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900\r\n\r\n"
UPGRADE = (
    "GET /api/v1/link HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
LISTENERS = ("tls", "plain")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def soon(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LiveGateway]:
    """A gateway on which strangers have a few seconds."""
    async with live_gateway(tmp_path_factory.mktemp("soon"), shares=Shares(SOON, SOON)) as running:
        yield running


@asynccontextmanager
async def small(folder: Path, tls: Bounds = PATIENT) -> AsyncIterator[LiveGateway]:
    """A gateway with room for a few strangers."""
    async with live_gateway(
        folder, shares=Shares(replace(tls, strangers=50, each=50), tls)
    ) as running:
        yield running


async def test_a_connection_that_never_agrees_on_tls_is_gone(soon: LiveGateway) -> None:
    async with stranger(soon, tls=False) as silent, stranger(soon, tls=False) as slow:
        await silent.gone()
        # The beginning of a handshake: record, version, length.
        await slow.gone_while_saying("\x16", after_s=0.1)


async def test_whoever_falls_silent_is_gone(soon: LiveGateway) -> None:
    async def silent(at: str, said: str) -> None:
        async with stranger(soon, at=at) as one:
            one.send(said)
            await one.gone()

    sayings = ("", "GET /hea", GET, GET + "X: y\r\nX")
    bodies = (ENROL, ENROL + '{"secret": "')
    await asyncio.gather(
        *[silent(at, said) for at in LISTENERS for said in sayings],
        *[silent("tls", said) for said in bodies],
    )


async def test_whoever_lets_a_byte_drip_at_a_time_is_gone(soon: LiveGateway) -> None:
    async def dripping(at: str, said: str, drop: str) -> None:
        async with stranger(soon, at=at) as one:
            one.send(said)
            await one.gone_while_saying(drop, after_s=0.1)

    drops = (("", "G"), (GET, "X: y\r\n"), (GET + "X: ", "y"))
    await asyncio.gather(
        *[dripping(at, *each) for at in LISTENERS for each in drops], dripping("tls", ENROL, " ")
    )


async def test_whoever_is_idle_after_an_answer_is_gone(soon: LiveGateway) -> None:
    async def idle(at: str, said: str) -> None:
        async with stranger(soon, at=at) as one:
            one.send(said)
            assert (await one.heard()).startswith(b"HTTP/1.1 ")
            await one.gone()

    sayings = (f"{GET}\r\n", UPGRADE)
    await asyncio.gather(*[idle(at, said) for at in LISTENERS for said in sayings])


async def test_whoever_never_reads_an_answer_is_gone(soon: LiveGateway) -> None:
    async def deaf(at: str) -> None:
        async with stranger(soon, at=at) as one:
            await one.gone_while_saying("GET /counter/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 50)

    await asyncio.gather(*map(deaf, LISTENERS))


async def test_whoever_asks_again_and_again_is_answered(soon: LiveGateway) -> None:
    async with stranger(soon) as first, stranger(soon) as asking:
        gone = asyncio.create_task(first.gone())
        while not gone.done():
            asking.send(AUTHORITY)
            assert b"HTTP/1.1 200 " in await asking.heard()


async def test_what_somebody_known_keeps_open_stays(soon: LiveGateway) -> None:
    """A stranger that came later goes; a lane's link, and counts on both listeners, go on."""
    device = await soon.enrolled()
    bearer = {"Authorization": f"Bearer {soon.admin}"}
    stream = "/api/v1/counts/stream"
    async with (
        welcomed(soon, device) as wire,
        soon.http.get(soon.url(stream)) as here,
        soon.http.get(
            soon.url(stream, tls=True),
            headers=bearer,
            ssl=soon.trust(),
            server_hostname=TLS_NAME,
        ) as there,
    ):
        for _ in range(2):
            async with stranger(soon) as later:
                await later.gone()
        await wire.say(Ping(CLOCK.now()))
        await wire.hear(Pong)
        body = {"code": soon.code(soon.evening.crowd[0]), "gate": "a"}
        assert (await soon.call("POST", "/api/v1/check-ins", body, soon.admin))[0] == 200
        for answer in (here, there):
            async with asyncio.timeout(20):
                while b'"entered": 1' not in await answer.content.readany():
                    continue


async def test_more_strangers_of_one_address_than_it_may_have_make_way_oldest_first(
    tmp_path: Path,
) -> None:
    async with small(tmp_path) as live, AsyncExitStack() as stack:
        come = [await stack.enter_async_context(stranger(live)) for _ in range(PATIENT.each)]
        more = [await stack.enter_async_context(stranger(live)) for _ in range(2)]
        for one in come[:2]:
            await one.gone()
        for one in (*come[2:], *more):
            one.send(f"{GET}\r\n")
            assert b"HTTP/1.1" in await one.heard()


async def test_a_stranger_makes_way_only_after_a_moment(tmp_path: Path) -> None:
    bounds = replace(PATIENT, patience_s=600.0)
    async with small(tmp_path, bounds) as live, AsyncExitStack() as stack:
        come = [await stack.enter_async_context(stranger(live)) for _ in range(bounds.each)]
        with pytest.raises((ConnectionError, ssl.SSLError)):
            await stack.enter_async_context(stranger(live))
        for one in come:
            one.send(f"{GET}\r\n")
            assert b"HTTP/1.1" in await one.heard()


async def test_the_address_with_most_strangers_makes_way_for_another(tmp_path: Path) -> None:
    async with small(tmp_path) as live, AsyncExitStack() as stack:
        crowd = [
            await stack.enter_async_context(stranger(live, come_from=f"127.0.0.{host}"))
            for host in (2, 2, 2, 2, 3, 3, 4)
        ]
        last = [
            await stack.enter_async_context(stranger(live, come_from=f"127.0.0.{host}"))
            for host in (5, 6)
        ]
        await crowd[0].gone()
        for one in (*crowd[1:], *last):
            one.send(f"{GET}\r\n")
            assert b"HTTP/1.1" in await one.heard()


async def test_this_machine_is_answered_and_lanes_work_while_strangers_fill_the_network(
    tmp_path: Path,
) -> None:
    async with small(tmp_path) as live, AsyncExitStack() as stack:
        linked, new = await live.enrolled(), await live.enrolled()
        async with welcomed(live, linked) as wire:
            for host in range(2, 12):
                for _ in range(PATIENT.each):
                    await stack.enter_async_context(
                        stranger(live, tls=False, come_from=f"127.0.0.{host}")
                    )
            assert (await live.call("GET", "/healthz"))[0] == 200
            assert (await live.call("GET", "/api/v1/counts"))[0] == 200
            await wire.say(claim(live, live.evening.crowd[0]))
            assert (await wire.hear(Claimed)).verdict.decision is Decision.ADMIT
            async with welcomed(live, new) as other:
                await other.say(claim(live, live.evening.crowd[1]))
                assert (await other.hear(Claimed)).verdict.decision is Decision.ADMIT


async def test_lanes_behind_one_address_are_no_strangers_once_they_are_linked(
    tmp_path: Path,
) -> None:
    async with small(tmp_path) as live, AsyncExitStack() as stack:
        wires = [
            await stack.enter_async_context(welcomed(live, await live.enrolled()))
            for _ in range(3 * PATIENT.strangers)
        ]
        for wire in wires:
            await wire.say(Ping(CLOCK.now()))
            await wire.hear(Pong)


async def test_strangers_on_this_machine_leave_the_network_alone(tmp_path: Path) -> None:
    few = Bounds(most=4, strangers=4, each=4)
    async with live_gateway(tmp_path, shares=Shares(replace(few, patience_s=0.0), PATIENT)) as live:
        device = await live.enrolled()
        async with AsyncExitStack() as stack:
            for _ in range(20):
                await stack.enter_async_context(stranger(live, at="plain"))
            async with welcomed(live, device) as wire:
                await wire.say(Ping(CLOCK.now()))
                await wire.hear(Pong)
            assert (await live.call("GET", "/healthz"))[0] == 200


async def test_a_gateway_full_of_strangers_stops(tmp_path: Path) -> None:
    async with small(tmp_path) as live, AsyncExitStack() as stack:
        come: list[Stranger] = []
        for tls in (True, False, True, False):
            come.append(await stack.enter_async_context(stranger(live, tls=tls)))
        await live.daemon.stop()
        for one in come:
            await one.gone()
