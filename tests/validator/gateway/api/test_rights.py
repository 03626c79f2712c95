"""Who reaches what: every route, on both listeners, asked for by every kind of caller.

What is expected is read off the table that docs/roles.md is written from.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie

import pytest
import pytest_asyncio

from doubles.gateway.live import CLOCK, LiveGateway, live_gateway
from generators.roles import AGAIN, PAGE, Address, SignsIn, addresses, written
from validator.boxoffice.api.route import Route
from validator.clock import Clock
from validator.gateway.api.counter import COOKIE, SECURE_COOKIE, CounterRoute
from validator.gateway.api.endpoint import Endpoint
from validator.roles import COUNTER, Open, Role

ADDRESSES = tuple(addresses())
PARTS = {
    "stream": "catalogue",
    "order": "1",
    "scope": "1",
    "id": "0123456789abcdef",
}
"""For parts of paths that must look like something; for the others their name will do."""

MINUTE_S = 61.0
MOST_UNKNOWN = 40
"""So many unknown tokens one address may send in a minute, with some to spare."""

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who asks.

    Args:
        name: For people.
        token: Sent as a bearer token.
        role: What the gateway knows them as; None = as nobody.
        session: Of the counter's page.
        key: Opens the box office for programs.
        opens: The one address that its token is the key of.
        revoked: A device that is shut out.
    """

    name: str
    token: str = ""
    role: Role | None = None
    session: str = ""
    key: bool = False
    opens: str = ""
    revoked: bool = False

    def may(self, address: Address, loopback: bool) -> bool:
        """Tell whether the table lets it reach an address."""
        if not (loopback or address.network):
            return False
        if address.right is Open.ANYBODY or (loopback and address.totals):
            return True
        if address.signs_in is SignsIn.KEY:
            return self.key
        if isinstance(address.right, Open):
            return self.opens == address.asked
        if self.revoked and not address.revoked:
            return False
        return self.role in address.right


@dataclass(slots=True)
class House:
    """A gateway with everybody who may ask.

    Attributes:
        ahead_s: Seconds that its clocks are ahead, so that no limit is met.
        unknown: Unknown tokens since they were last put ahead.
    """

    live: LiveGateway
    callers: list[Caller] = field(default_factory=list)
    ahead_s: list[float] = field(default_factory=lambda: [0.0])
    unknown: int = 0

    async def signed_in(self, name: str, password: str) -> str:
        """Open a session at the counter; return its cookie."""
        body = {"name": name, "password": password}
        self.live.http.cookie_jar.clear()
        async with self.live.http.post(self.live.url("/counter/session"), json=body) as answer:
            assert answer.status == 200, await answer.text()
            cookie = SimpleCookie(answer.headers["Set-Cookie"])[COOKIE].value
        self.live.http.cookie_jar.clear()
        return cookie

    async def user(self, role: Role) -> Caller:
        """Let somebody in, and sign them in wherever they can."""
        name = f"The {role.value}"
        token = await self.live.user(name, role)
        session = await self.signed_in(name, token) if role in COUNTER else ""
        return Caller(role.value, token, role, session)

    async def reached(self, caller: Caller, address: Address, loopback: bool) -> bool:
        """Ask, and tell whether a handler answered."""
        live = self.live
        self.unknown += bool(caller.token and caller.role is None)
        if self.unknown > MOST_UNKNOWN:
            self.ahead_s[0] += MINUTE_S
            self.unknown = 0
        headers = {"Cookie": f"{COOKIE}={caller.session}; {SECURE_COOKIE}={caller.session}"}
        if caller.token:
            headers["Authorization"] = f"Bearer {caller.token}"
        live.http.cookie_jar.clear()
        path = re.sub(r"\{(\w+)\}", lambda part: PARTS.get(part[1], part[1]), address.path)
        path = path.replace("upstreams/0123456789abcdef", "upstreams/boxoffice")
        async with live.http.request(
            address.method,
            live.url(path, tls=not loopback),
            json=None if address.method == "GET" else {},
            headers=headers,
            allow_redirects=False,
            ssl=True if loopback else live.trust(),
            server_hostname=None if loopback else "entrance-gateway",
        ) as answer:
            assert answer.status < 500 or answer.status == 503, (path, answer.status)
            assert answer.status != 429, "this cell would prove nothing"
            if not (loopback or address.network):
                assert answer.status == 404
                return False
            return answer.status not in (401, 403)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    ahead_s = [0.0]

    def ahead(clock_ns: int) -> int:
        return clock_ns + round(ahead_s[0] * 1e9)

    clock = Clock(lambda: ahead(CLOCK.wall_ns()), lambda: ahead(CLOCK.boot_ns()))
    async with live_gateway(tmp_path_factory.mktemp("house"), clock) as live:
        house = House(live, ahead_s=ahead_s)
        secrets = live.daemon.gateway.secrets
        gone = await live.user("Removed", Role.SUPERVISOR)
        session = await house.signed_in("Removed", gone)
        await live.call("DELETE", "/api/v1/users/Removed", {}, live.admin)
        device, revoked = await live.enrolled(), await live.enrolled()
        await live.call("POST", f"/api/v1/devices/{revoked.id}/revoke", {}, live.admin)
        house.callers += [
            Caller("nobody"),
            Caller("a garbage token", "garbage", session="garbage"),
            Caller("a removed supervisor", gone, session=session),
            Caller("a revoked device", revoked.token, Role.DEVICE, revoked=True),
            Caller("a device", device.token, Role.DEVICE),
            *[await house.user(role) for role in sorted(set(Role) - {Role.DEVICE})],
            Caller("the metrics' token", secrets.metrics_token, opens="GET /metrics"),
            Caller("the box office's key", secrets.boxoffice_key, key=True),
        ]
        yield house


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address.asked)
async def test_a_route_is_reached_by_whom_it_is_for_and_nobody_else(
    house: House, address: Address
) -> None:
    for loopback in (True, False):
        allowed = {caller.name for caller in house.callers if caller.may(address, loopback)}
        found = {
            caller.name
            for caller in house.callers
            if await house.reached(caller, address, loopback)
        }
        assert found == allowed, "on loopback" if loopback else "on the network"
    if address.asked == "DELETE /counter/session":
        house.callers[:] = [
            Caller(each.name, each.token, each.role, await house.signed_in(name, each.token))
            if each.role in COUNTER and (name := f"The {each.name}")
            else each
            for each in house.callers
        ]


async def test_the_table_holds_every_route_that_is_served_and_no_other(house: House) -> None:
    for loopback in (True, False):
        app = house.live.daemon.gateway.application(loopback)
        served = {
            f"{route.method.replace('HEAD', 'GET')} {route.resource.canonical}"
            for route in app.router.routes()
            if route.resource is not None
        }
        assert served == {each.asked for each in ADDRESSES if loopback or each.network}


async def test_every_role_is_for_something_and_no_cell_is_asked_twice() -> None:
    assert len({each.asked for each in ADDRESSES}) == len(ADDRESSES)
    for role in Role:
        assert any(role in each.right for each in ADDRESSES if isinstance(each.right, frozenset))


async def test_a_route_that_is_for_nobody_can_not_be_made() -> None:
    with pytest.raises(ValueError, match="names the roles"):
        Route("GET", "/api/v1/x", None, frozenset())  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="names the roles"):
        CounterRoute("GET", "/counter/x", None, frozenset())  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="names the roles"):
        Endpoint("GET", "/x", None, "X.", frozenset())  # type: ignore[arg-type]
    for kind in (Route, CounterRoute, Endpoint):
        with pytest.raises(TypeError, match="missing"):
            kind("GET", "/x", None, *(("X.",) if kind is Endpoint else ()))  # type: ignore[arg-type]


async def test_the_page_of_roles_is_written_from_the_routes() -> None:
    assert PAGE.read_text(encoding="utf-8") == written(), f"Write it again: {AGAIN}"
