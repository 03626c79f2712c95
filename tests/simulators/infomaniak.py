"""A simulator of Infomaniak's SHOP API, as far as entrance control uses it, with faults on demand.

It stands on the same assumptions as the adapter (`validator.upstreams.infomaniak.assumed_api`), and
is stricter where it can be: it counts every request against the limit, also those it turns away.

Run it by itself with `python -m simulators.infomaniak` (PYTHONPATH=tests).
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum

from aiohttp import web

from simulators.infomaniak_shop import Shop
from validator.clock import Clock

PORT = 8099
LIMIT, WINDOW_S = 60, 60.0
LANGUAGES, CURRENCIES = ("fr_FR", "en_GB", "de_DE"), ("1", "2")


class Fault(Enum):
    """What goes wrong with one request."""

    NONE = "none"
    BUSY = "503, nothing done"
    BROKEN = "500, nothing done"
    WAIT = "503 that asks to wait, nothing done"
    DROPPED = "connection closed, nothing done"
    LOST = "done, and the connection closed before the answer"
    SLOW = "answered after a while"
    GARBLED = "done, and the answer is no JSON"


@dataclass(frozen=True, slots=True)
class Logged:
    """A request, as it arrived.

    Args:
        at_s: On the clock's boot time.
        method: `GET` or `PUT`.
        path: Below the base.
        status: As answered; 0 = the connection was closed.
    """

    at_s: float
    method: str
    path: str
    status: int


@dataclass(slots=True)
class Simulator:
    """The server.

    Args:
        shop: What it sells.
        clock: Its boot clock counts requests.
        sleep: How it takes its time.
        shop_key: For events and zones.
        counter_key: For tickets and scans.
        password: Application password, also that of `user`.
        fault: Chooses what goes wrong with a request.

    Attributes:
        down: Nothing is answered.
        blind: The keys see no events and no tickets.
        forbidden: Codes that the key may not scan.
        before_page: Called before each page of a list.
        wrapped: Lists come under this key; empty = bare.
        cap: Most rows of a page.
        slow_s: Seconds of a slow answer.
        logins: How often somebody signed in.
        log: Every request.
    """

    shop: Shop
    clock: Clock
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    shop_key: str = "shop-key"
    counter_key: str = "counter-key"
    password: str = "application-password"
    user: str = "organiser"
    fault: Callable[[web.Request], Fault] = field(default=lambda _: Fault.NONE)
    down: bool = False
    blind: bool = False
    forbidden: set[str] = field(default_factory=set)
    before_page: Callable[[], None] = field(default=lambda: None)
    wrapped: str = ""
    cap: int = 500
    slow_s: float = 5.0
    logins: int = 0
    credential: str = ""
    log: list[Logged] = field(default_factory=list)
    _recent: deque[float] = field(default_factory=deque)

    def app(self) -> web.Application:
        """Make the application; its base is `/api/shop`."""
        app = web.Application(middlewares=[self._gate])
        app.add_routes(
            [
                web.get("/api/shop/login", self._login),
                web.get("/api/shop/events", self._events),
                web.get("/api/shop/event/{id}/zones", self._zones),
                web.get("/api/shop/categorypasses", self._pass_kinds),
                web.get("/api/shop/tickets", self._tickets),
                web.get("/api/shop/importedtickets", self._imported),
                web.get("/api/shop/passes", self._passes),
                web.get("/api/shop/ticket/{id}", self._ticket),
                web.get("/api/shop/pass/{id}", self._pass),
                web.put("/api/shop/ticket/{code}/{what:scan|scan-in|scan-out}", self._scan),
            ]
        )
        return app

    @web.middleware
    async def _gate(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        answer = await self._answered(request, handler)
        path = request.path.removeprefix("/api/shop/")
        status = 0 if answer is None else answer.status
        self.log.append(Logged(self.clock.boot_s(), request.method, path, status))
        if answer is None:
            assert request.transport is not None
            request.transport.abort()
            return web.Response(status=500)
        return answer

    async def _answered(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse | None:
        if self.down:
            return None
        now_s = self.clock.boot_s()
        while self._recent and self._recent[0] <= now_s - WINDOW_S:
            self._recent.popleft()
        self._recent.append(now_s)
        if len(self._recent) > LIMIT:
            wait_s = int(self._recent[-LIMIT] + WINDOW_S - now_s) + 1
            return _error(429, "Too many requests", headers={"Retry-After": str(wait_s)})
        fault = self.fault(request)
        if fault is Fault.DROPPED:
            return None
        if fault is Fault.WAIT:
            return _error(503, "Maintenance", headers={"Retry-After": "120"})
        if fault in (Fault.BUSY, Fault.BROKEN):
            return _error(503 if fault is Fault.BUSY else 500, "Service unavailable")
        if fault is Fault.SLOW:
            await self.sleep(self.slow_s)
        refused = self._refused(request)
        answer = refused if refused is not None else await handler(request)
        if fault is Fault.LOST:
            return None
        return web.Response(text="<html>", status=200) if fault is Fault.GARBLED else answer

    def _refused(self, request: web.Request) -> web.Response | None:
        path = request.path.removeprefix("/api/shop/")
        headers = request.headers
        public = path == "events" or path.startswith(("event/", "categorypasses"))
        key = headers.get("key", "")
        if not _same(key, self.shop_key if public else self.counter_key):
            return _error(403 if key else 401, "Wrong key")
        if headers.get("Accept-Language") not in LANGUAGES:
            return _error(400, "Unknown language")
        if headers.get("currency") not in CURRENCIES:
            return _error(400, "Unknown currency")
        if public or path == "login":
            return None
        by_password = _same(headers.get("Authorization", ""), self.password)
        signed_in = self.credential and _same(headers.get("credential", ""), self.credential)
        return None if by_password or signed_in else _error(401, "Sign in")

    async def _login(self, request: web.Request) -> web.Response:
        user, password = request.headers.get("user", ""), request.headers.get("password", "")
        if not (_same(user, self.user) and _same(password, self.password)):
            return _error(401, "Wrong user or password")
        self.logins += 1
        self.credential = f"credential-{self.logins}"
        return web.json_response({"credential": self.credential})

    async def _events(self, _: web.Request) -> web.Response:
        return self._listed([] if self.blind else self.shop.events_json(), "events")

    async def _zones(self, request: web.Request) -> web.Response:
        found = self.shop.zones_json(int(request.match_info["id"]))
        return _error(404, "No such event") if found is None else self._listed(found, "zones")

    async def _pass_kinds(self, _: web.Request) -> web.Response:
        return self._listed(self.shop.pass_kinds, "categorypasses")

    async def _tickets(self, request: web.Request) -> web.Response:
        return self._page(request, "ticket", "tickets")

    async def _imported(self, request: web.Request) -> web.Response:
        return self._page(request, "imported", "importedtickets")

    async def _passes(self, request: web.Request) -> web.Response:
        return self._page(request, "pass", "passes")

    async def _ticket(self, request: web.Request) -> web.Response:
        return self._single(request, "ticket")

    async def _pass(self, request: web.Request) -> web.Response:
        return self._single(request, "pass")

    async def _scan(self, request: web.Request) -> web.Response:
        code, what = request.match_info["code"], request.match_info["what"]
        if code in self.forbidden:
            return _error(403, "Not your ticket")
        found = self.shop.by_code(code)
        if found is None or self.blind:
            return _error(404, "Unknown ticket", "ticket_unknown")
        refusal = self.shop.scanned(found, what, self.clock.now())
        return web.json_response(found.json()) if not refusal else _error(409, *refusal)

    def _page(self, request: web.Request, kind: str, name: str) -> web.Response:
        self.before_page()
        rows = [] if self.blind else self.shop.listed(kind, request.query.get("begin", ""))
        offset = int(request.query.get("offset", "0"))
        limit = min(int(request.query.get("limit", "100")), self.cap)
        return self._listed([row.json() for row in rows[offset : offset + limit]], name)

    def _single(self, request: web.Request, kind: str) -> web.Response:
        found = self.shop.tickets.get(f"{kind}-{request.match_info['id']}")
        if found is None or self.blind:
            return _error(404, "No such ticket", "ticket_unknown")
        return web.json_response({kind: found.json()} if self.wrapped else found.json())

    def _listed(self, rows: list[dict[str, object]], name: str) -> web.Response:
        wrapper = name if self.wrapped == "name" else self.wrapped
        return web.json_response({wrapper: rows} if wrapper else rows)


def most_in_a_minute(log: list[Logged]) -> int:
    """Return the most requests of any 60 seconds; those that a server that is down saw count."""
    most, window = 0, deque[float]()
    for entry in sorted(log, key=lambda entry: entry.at_s):
        window.append(entry.at_s)
        while window[0] <= entry.at_s - WINDOW_S:
            window.popleft()
        most = max(most, len(window))
    return most


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode(), right.encode())


def _error(
    status: int, text: str, code: str = "", headers: dict[str, str] | None = None
) -> web.Response:
    return web.json_response(
        {"error": text, "error_code": code or str(status)}, status=status, headers=headers
    )


def main() -> None:
    """Serve a small shop until Ctrl-C."""
    clock = Clock(time.time_ns, time.monotonic_ns)
    shop = Shop(clock.now())
    print("\n".join(ticket.qr for ticket in shop.sell(20)))
    web.run_app(Simulator(shop, clock).app(), host="127.0.0.1", port=PORT)


if __name__ == "__main__":
    main()
