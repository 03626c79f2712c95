"""The counter's page: signing in, and the box office's API for whoever is signed in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from validator.boxoffice import BoxOffice, Clerk, create_counter_app
from validator.errors import FixRequest
from validator.gateway.api.middleware import answered, body_of
from validator.gateway.api.pages import COUNTER_PAGES, page
from validator.gateway.host.logs import event
from validator.gateway.services import LOOPBACK, Answer, Services
from validator.gateway.trust.auth import Caller, SignIn, token_hash, typed
from validator.gateway.trust.sessions import SHIFT_S, Sessions
from validator.roles import COUNTER, Open, Right, need_role, need_somebody

PATH = "/counter"
COOKIE, SECURE_COOKIE = "counter", "__Secure-counter"
"""On this machine's listener, and on the network's. Ports share a host's cookies."""

_LONGEST = 200

MOST_REFERENCES = 100
"""Names that are told at once."""


def add_counter(
    app: web.Application, services: Services, office: BoxOffice, sessions: Sessions
) -> None:
    """Serve the counter's page below `PATH`.

    Args:
        app: Of one listener.
        services: The running gateway.
        office: Whose tickets are sold.
        sessions: Who is signed in.
    """
    desk = CounterDesk(services, sessions)
    app.add_routes([route.definition(desk) for route in ROUTES])
    app.add_subapp(PATH, create_counter_app(office, desk.admit))


class CounterDesk:
    """Who is signed in at the counter: opens their sessions, and asks for them.

    Args:
        services: The running gateway.
        sessions: The open ones.
    """

    def __init__(self, services: Services, sessions: Sessions) -> None:
        self._services = services
        self._sessions = sessions

    async def admit(self, request: web.Request) -> Clerk:
        """Let a request of a signed-in page through, and return whose it is.

        Raises:
            SignIn: Its session is over, or a page of another address sent it.
        """
        _from_our_page(request)
        caller = await self.caller(request)
        return Clerk(caller.ref, caller.role)

    async def session(self, request: web.Request) -> web.StreamResponse:
        """Tell who is signed in."""
        return answered(await self._told(await self.caller(request)))

    async def sign_in(self, request: web.Request) -> web.StreamResponse:
        """Open a session for somebody who knows name and password.

        Raises:
            SignIn: One of them is wrong.
            TooOften: Too many were wrong of late.
        """
        _from_our_page(request)
        sign_ins, address = self._services.sign_ins, request.remote or ""
        sign_ins.check(address)
        body = await body_of(request, ("name", "password"))
        name, password = body.text("name", _LONGEST), body.text("password", _LONGEST)
        user = token_hash(typed(password))
        async with sign_ins.guess(address):
            caller = _cashier(await self._services.callers.known(user))
            if caller is None or caller.name.casefold() != " ".join(name.split()).casefold():
                raise SignIn("Name and password don't fit. Try again, or ask a supervisor.")
        event("counter_signed_in", role=caller.role)
        response = answered(await self._told(caller))
        response.set_cookie(
            _cookie(request),
            self._sessions.open(user),
            path=PATH,
            max_age=round(SHIFT_S),
            httponly=True,
            samesite="Strict",
            secure=_cookie(request) == SECURE_COOKIE,
        )
        return response

    async def sign_out(self, request: web.Request) -> web.StreamResponse:
        """End a session."""
        _from_our_page(request)
        self._sessions.close(request.cookies.get(_cookie(request), ""))
        response = answered({"signed_in": False})
        response.del_cookie(_cookie(request), path=PATH)
        return response

    async def staff(self, request: web.Request) -> web.StreamResponse:
        """Tell whose references these are, as far as names are not erased yet.

        Nobody else's: a reference is random, and stands in the histories of what somebody did.

        Raises:
            FixRequest: It asks for too many.
        """
        asked = request.query.getall("by", [])
        if len(asked) > MOST_REFERENCES:
            raise FixRequest(f"Ask for {MOST_REFERENCES} references at most.")
        staff = await self._services.committer.read(lambda work: dict(work.session.users.staff()))
        return answered({"staff": {ref: staff[ref] for ref in asked if ref in staff}})

    async def caller(self, request: web.Request) -> Caller:
        """Return who is signed in.

        Raises:
            SignIn: Nobody is.
        """
        user = self._sessions.user(request.cookies.get(_cookie(request), ""))
        found = user and await self._services.open_requests.recognise(request, user)
        caller = _cashier(found or None)
        if caller is None:
            raise SignIn("You are signed out. Sign in again.")
        return caller

    async def _told(self, caller: Caller) -> Answer:
        catalogue = await self._services.committer.read(lambda work: work.catalogue)
        return {
            "name": caller.name,
            "role": caller.role.value,
            "venue": self._services.config.name,
            "gates": {gate.id: gate.name for gate in catalogue.gates.values()},
        }


@dataclass(frozen=True, slots=True)
class CounterRoute:
    """One of the page's own addresses, beside those of the box office.

    Args:
        method: `GET`, `POST` …
        path: As asked for.
        handler: Answers.
        roles: Who may call it, signed in at this page.
    """

    method: str
    path: str
    handler: Callable[[CounterDesk, web.Request], Awaitable[web.StreamResponse]]
    roles: Right

    def __post_init__(self) -> None:
        """Look whether it is for somebody."""
        need_somebody(self.roles)

    def definition(self, desk: CounterDesk) -> web.RouteDef:
        """Return the route, with the question who is signed in in front."""

        async def answer(request: web.Request) -> web.StreamResponse:
            if not isinstance(self.roles, Open):
                need_role((await desk.caller(request)).role, self.roles)
            return await self.handler(desk, request)

        return web.route(self.method, self.path, answer)


def _file(path: str) -> CounterRoute:
    handler = page(path)

    async def answer(_: CounterDesk, request: web.Request) -> web.StreamResponse:
        return answered(await handler(request))

    return CounterRoute("GET", path, answer, Open.ANYBODY)


async def _enter(_: CounterDesk, __: web.Request) -> web.StreamResponse:
    raise web.HTTPPermanentRedirect(f"{PATH}/")


ROUTES: tuple[CounterRoute, ...] = (
    CounterRoute("GET", PATH, _enter, Open.ANYBODY),
    *map(_file, COUNTER_PAGES),
    CounterRoute("GET", f"{PATH}/session", CounterDesk.session, COUNTER),
    CounterRoute("POST", f"{PATH}/session", CounterDesk.sign_in, Open.ANYBODY),
    CounterRoute("DELETE", f"{PATH}/session", CounterDesk.sign_out, Open.ANYBODY),
    CounterRoute("GET", f"{PATH}/staff", CounterDesk.staff, COUNTER),
)


def _cashier(caller: Caller | None) -> Caller | None:
    return caller if caller is not None and caller.role in COUNTER else None


def _cookie(request: web.Request) -> str:
    return COOKIE if request.config_dict[LOOPBACK] else SECURE_COOKIE


def _from_our_page(request: web.Request) -> None:
    """Refuse what a page of another address asks for with our reader's cookie.

    The cookie is strict about sites, but every port of a machine is the same site.

    Source: Fetch standard, section 3.2 (`Origin`).
    """
    origin = request.headers.get("Origin")
    own = (f"http://{request.host}", f"https://{request.host}")
    if origin is not None and origin not in own:
        raise SignIn("This request came from another page. Use the counter's own.")
