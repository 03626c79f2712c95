"""Rights end when they end: on every route that stays open, whether its other side reads or not."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http.cookies import SimpleCookie
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from doubles.gateway.deaf import Deaf
from doubles.gateway.live import CLOCK, Device, LiveGateway, live_gateway
from doubles.gateway.raw_wire import claim, journal, welcomed
from validator.enrolment import TLS_NAME
from validator.gateway.api.app import ENDPOINTS, create_app
from validator.gateway.api.counter import COOKIE, add_counter
from validator.gateway.feeds.lanes import LinkedLane
from validator.gateway.trust.auth import Role
from validator.gateway.trust.sessions import Sessions
from validator.model import Decision, DeviceId
from validator.wire.messages import Claimed, Ping, Pong, Upload

CODE = Path(__file__).parents[4] / "validator"

STAYING_OPEN = {
    "gateway/figures/live_counts.py web.StreamResponse(": (
        "test_a_removed_steward_is_told_no_more_counts"
    ),
    "gateway/link/visit.py web.WebSocketResponse(": (
        "test_a_revoked_device_that_never_reads_is_gone_and_nothing_of_it_counts",
        "test_a_replaced_connection_that_never_reads_is_gone",
        "test_the_gateway_stops_though_a_lane_never_reads",
    ),
    "http/bodies.py request.content": "test_who_holds_a_body_back_is_gone_when_removed",
}
"""What keeps a request open for as long as its other side likes, and who shows its end."""

_STAYS_OPEN = re.compile(
    r"web\.(?:Stream|WebSocket|File)Response\("
    r"|request\.(?:content\b|(?:read|text|json|post|multipart)\()"
)

BEFORE_SIGNING_IN = {"/api/v1/enrol", "/counter/session"}
"""Bodies of strangers, who have no rights to lose."""

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def live(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LiveGateway]:
    async with live_gateway(tmp_path_factory.mktemp("rights")) as running:
        yield running


@asynccontextmanager
async def deaf(live: LiveGateway, device: Device | None = None) -> AsyncIterator[Deaf]:
    one = await Deaf.to(live)
    try:
        if device is not None:
            await one.link(live, device)
        yield one
    finally:
        one.close()


def lane_of(live: LiveGateway, device: Device) -> LinkedLane | None:
    return live.daemon.gateway.services.lanes.find(DeviceId(device.id))


async def inside(live: LiveGateway, number: str) -> int:
    _, ticket = await live.call("GET", f"/api/v1/tickets/{number}", token=live.admin)
    return int(ticket["inside"])


async def test_a_revoked_device_that_never_reads_is_gone_and_nothing_of_it_counts(
    live: LiveGateway,
) -> None:
    stolen, other = await live.enrolled(), await live.enrolled()
    claimed, shown = live.evening.crowd[:2]
    rows = journal(live, DeviceId(stolen.id), (shown,))
    async with deaf(live, stolen) as thief:
        assert lane_of(live, stolen) is not None
        path = f"/api/v1/devices/{stolen.id}/revoke"
        assert (await live.call("POST", path, token=live.admin))[0] == 200
        with pytest.raises(ConnectionError):
            await thief.say(claim(live, claimed), Upload(tuple(rows)))
            await thief.gone()
            await thief.say(Ping(CLOCK.now()))
        assert lane_of(live, stolen) is None
    assert await inside(live, shown) == 0
    async with welcomed(live, other) as wire:
        await wire.say(claim(live, claimed))
        assert (await wire.hear(Claimed)).verdict.decision is Decision.ADMIT


async def test_a_replaced_connection_that_never_reads_is_gone(live: LiveGateway) -> None:
    device, other = await live.enrolled(), await live.enrolled()
    number = live.evening.crowd[2]
    async with deaf(live, device) as first, welcomed(live, device) as second:
        await first.gone()
        with pytest.raises(ConnectionError):
            await first.say(claim(live, number))
        await second.say(Ping(CLOCK.now()))
        await second.hear(Pong)
    async with welcomed(live, other) as wire:
        await wire.say(claim(live, number))
        assert (await wire.hear(Claimed)).verdict.decision is Decision.ADMIT


async def test_the_gateway_stops_though_a_lane_never_reads(tmp_path: Path) -> None:
    async with live_gateway(tmp_path) as other, deaf(other, await other.enrolled()) as lane:
        gone = asyncio.create_task(lane.gone())
        await other.daemon.stop()
        await gone


async def test_a_removed_steward_is_told_no_more_counts(live: LiveGateway) -> None:
    token = await live.user("Leaving", Role.STEWARD)
    async with live.http.get(
        live.url("/api/v1/counts/stream", tls=True),
        headers={"Authorization": f"Bearer {token}"},
        ssl=live.trust(),
        server_hostname=TLS_NAME,
    ) as answer:
        assert (await answer.content.readany()).startswith(b"retry")
        assert (await live.call("DELETE", "/api/v1/users/Leaving", token=live.admin))[0] == 200
        async with asyncio.timeout(20):
            with suppress(aiohttp.ClientError):
                while await answer.content.readany():
                    continue


async def test_a_supervisor_who_removes_herself_is_told_so(live: LiveGateway) -> None:
    token = await live.user("Herself", Role.SUPERVISOR)
    status, answer = await live.call("DELETE", "/api/v1/users/Herself", token=token)
    assert (status, answer) == (200, {"removed": True})
    assert (await live.call("GET", "/api/v1/users", token=token))[0] == 401


async def session_of(live: LiveGateway, name: str, token: str) -> str:
    body = {"name": name, "password": token}
    async with live.http.post(live.url("/counter/session"), json=body) as answer:
        assert answer.status == 200
        (cookie,) = SimpleCookie(answer.headers["Set-Cookie"]).values()
    live.http.cookie_jar.clear()
    return str(cookie.value)


def with_bodies(live: LiveGateway) -> list[tuple[str, str]]:
    """Return every route that may wait for a body of somebody who is signed in."""
    gateway = live.daemon.gateway
    app = create_app(gateway.services, loopback=True)
    clock, entropy = gateway.services.clock, gateway.services.entropy
    add_counter(app, gateway.services, gateway.office, Sessions(clock.boot_s, entropy))
    found = []
    for route in app.router.routes():
        assert route.resource is not None
        path, pattern = route.resource.canonical, route.resource.get_info().get("pattern")
        if route.method in ("GET", "HEAD") or path in BEFORE_SIGNING_IN or path.endswith("/wake"):
            continue
        if pattern is not None:
            tries = (re.sub(r"\{[^}]*\}", like, path) for like in ("1", "1" * 16))
            path = next(each for each in tries if pattern.fullmatch(each))
        found.append((route.method, path))
    return found


async def test_who_holds_a_body_back_is_gone_when_removed(live: LiveGateway) -> None:
    """Every route is asked; those that wait for the rest of a body must not get it any more."""
    token = await live.user("Waiting", Role.SUPERVISOR)
    cookie = await session_of(live, "Waiting", token)
    routes = with_bodies(live)
    assert {("POST", "/counter/api/v1/imports"), ("POST", "/api/v1/check-ins")} <= set(routes)
    assert len(routes) > len([each for each in ENDPOINTS if each.method == "POST"])
    callers = [await Deaf.to(live) for _ in routes]
    try:
        for one, (method, path) in zip(callers, routes, strict=True):
            await one.ask(
                f"{method} {path}",
                f"Cookie: {COOKIE}={cookie}",
                f"Authorization: Bearer {token}",
                "Content-Length: 100",
                "Content-Type: application/json",
                body='{"name": "',
            )
        status, _ = await live.call("DELETE", "/api/v1/users/Waiting", token=live.admin)
        assert status == 200
        async with asyncio.timeout(30):
            heard = await asyncio.gather(*[one.some() for one in callers])
        waiting = {route for route, answer in zip(routes, heard, strict=True) if not answer}
        assert {("POST", "/counter/api/v1/imports"), ("POST", "/api/v1/check-ins")} <= waiting
    finally:
        for one in callers:
            one.close()


async def test_every_route_that_stays_open_is_in_the_table() -> None:
    found = {
        f"{path.relative_to(CODE).as_posix()} {stays}"
        for room in ("gateway", "boxoffice", "http")
        for path in (CODE / room).rglob("*.py")
        if path.name != "open_requests.py"
        for stays in _STAYS_OPEN.findall(path.read_text())
    }
    assert found - STAYING_OPEN.keys() == set(), "Let it end with its caller's rights, and show it."
    assert STAYING_OPEN.keys() - found == set()
    shown = {
        name
        for names in STAYING_OPEN.values()
        for name in ([names] if isinstance(names, str) else names)
    }
    assert shown <= set(globals())
