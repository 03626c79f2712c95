"""Who gets behind the counter: signing in, cookies, other pages, and the end of a session."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientResponse, ClientSession, TCPConnector

from doubles.gateway.live import LiveGateway, live_gateway
from validator.gateway.api.counter import COOKIE, MOST_REFERENCES, SECURE_COOKIE
from validator.gateway.api.pages import COUNTER_PAGES, POLICY
from validator.gateway.trust.auth import Role, new_password, typed
from validator.gateway.trust.sessions import IDLE_S, MOST_EACH, SHIFT_S, Sessions

NAME = "Counter 1"
SESSION, ORDERS = "/counter/session", "/counter/api/v1/orders"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def password(live: LiveGateway) -> str:
    return await live.user(NAME, Role.CASHIER)


@asynccontextmanager
async def asked(
    live: LiveGateway, method: str, path: str, tls: bool = False, **more: Any
) -> AsyncIterator[ClientResponse]:
    """Send a request as a browser without cookies does; what it gets is not kept."""
    if tls:
        more |= {"ssl": live.trust(), "server_hostname": "entrance-gateway"}
    live.http.cookie_jar.clear()
    async with live.http.request(method, live.url(path, tls), **more) as answer:
        yield answer
    live.http.cookie_jar.clear()


async def signed_in(live: LiveGateway, name: str, password: str, tls: bool = False) -> str:
    """Sign in; return the session's cookie."""
    body = {"name": name, "password": password}
    async with asked(live, "POST", SESSION, tls, json=body) as answer:
        assert answer.status == 200, await answer.text()
        (cookie,) = SimpleCookie(answer.headers["Set-Cookie"]).values()
        return str(cookie.value)


async def status(
    live: LiveGateway, cookie: str, path: str = ORDERS, method: str = "GET", **more: Any
) -> int:
    headers = {"Cookie": f"{COOKIE}={cookie}"} | more.pop("headers", {})
    async with asked(live, method, path, headers=headers, **more) as answer:
        return answer.status


async def test_a_cashier_signs_in_sells_and_signs_out(live: LiveGateway, password: str) -> None:
    cookie = await signed_in(live, NAME, password)
    async with asked(live, "GET", SESSION, headers={"Cookie": f"{COOKIE}={cookie}"}) as answer:
        told = await answer.json()
    assert (told["name"], told["role"], told["venue"]) == (NAME, "cashier", "Town hall")
    assert told["gates"]["a"] == "Main entrance"
    assert await status(live, cookie) == 200
    assert await status(live, cookie, SESSION, "DELETE") == 200
    assert await status(live, cookie) == 401


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    live: LiveGateway, password: str
) -> None:
    for tls in (False, True):
        body = {"name": NAME, "password": password}
        async with asked(live, "POST", SESSION, tls, json=body) as answer:
            cookie = SimpleCookie(answer.headers["Set-Cookie"])[SECURE_COOKIE if tls else COOKIE]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (
            True,
            "Strict",
            "/counter",
        )
        assert bool(cookie["secure"]) is tls
        assert password not in answer.headers["Set-Cookie"]


async def test_case_blanks_and_dashes_of_a_password_do_not_matter(
    live: LiveGateway, password: str
) -> None:
    for written in (password.lower(), password.replace("-", ""), f" {password.replace('-', ' ')} "):
        assert await signed_in(live, "  counter   1 ", written)


async def test_a_supervisor_may_and_a_steward_or_device_may_not(live: LiveGateway) -> None:
    supervisor = await live.user("Ada", Role.SUPERVISOR)
    cookie = await signed_in(live, "Ada", supervisor, tls=True)
    for name, found in ((SECURE_COOKIE, 200), (COOKIE, 401)):
        headers = {"Cookie": f"{name}={cookie}"}
        async with asked(live, "GET", ORDERS, tls=True, headers=headers) as answer:
            assert answer.status == found
    assert await signed_in(live, "local", live.admin)
    device = await live.enrolled()
    for name, token in (
        ("Steward", await live.user("Steward", Role.STEWARD)),
        (device.id, device.token),
    ):
        body = {"name": name, "password": token}
        async with asked(live, "POST", SESSION, json=body) as answer:
            assert answer.status == 401


@pytest.mark.parametrize(
    ("name", "wrong"),
    [(NAME, "H7QM-3XAT-9RWP-KJ4D"), ("Somebody else", ""), (NAME, "ü" * 16), ("local", "")],
)
async def test_a_wrong_name_or_password_is_told_as_one(
    live: LiveGateway, password: str, name: str, wrong: str
) -> None:
    body = {"name": name, "password": wrong or password}
    async with asked(live, "POST", SESSION, json=body) as answer:
        assert answer.status == 401
        assert (await answer.json())["error"].startswith("Name and password don't fit.")
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("body", [{}, {"name": NAME}, {"name": 7, "password": "x"}, [], {"x": 1}])
async def test_an_odd_question_is_refused(live: LiveGateway, body: object) -> None:
    async with asked(live, "POST", SESSION, json=body) as answer:
        assert answer.status == 400


async def test_who_is_removed_is_out_at_once(live: LiveGateway) -> None:
    password = await live.user("Counter 2", Role.CASHIER)
    cookie = await signed_in(live, "Counter 2", password)
    assert await status(live, cookie) == 200
    await live.call("DELETE", "/api/v1/users/Counter 2", {}, live.admin)
    assert await status(live, cookie) == 401


async def test_a_cashier_reaches_the_counter_and_nothing_else(
    live: LiveGateway, password: str
) -> None:
    for path in ("/api/v1/counts", "/api/v1/devices", "/api/v1/users"):
        found, answer = await live.call("GET", path, token=password, tls=True)
        assert found == 403, answer
    check_in = {"code": "x", "gate": "a"}
    assert (await live.call("POST", "/api/v1/check-ins", check_in, password))[0] == 403
    assert (await live.call("GET", "/boxoffice/api/v1/orders", token=password))[0] == 401


async def test_histories_name_who_did_it_by_a_reference_alone(
    live: LiveGateway, password: str
) -> None:
    cookie = {"Cookie": f"{COOKIE}={await signed_in(live, NAME, password)}"}
    path = f"/counter/api/v1/tickets/{live.evening.crowd[0]}"
    why = {"refund": "none", "reason": "Unwell"}
    async with asked(live, "POST", f"{path}/cancel", json=why, headers=cookie) as answer:
        assert answer.status == 200
    async with asked(live, "GET", path, headers=cookie) as answer:
        sold, cancelled = (await answer.json())["history"]
    assert "by" not in sold
    assert NAME not in str(cancelled)
    whose = f"/counter/staff?by={cancelled['by']}&by=0123456789abcdef"
    async with asked(live, "GET", whose, headers=cookie) as answer:
        assert await answer.json() == {"staff": {cancelled["by"]: NAME}}
    async with asked(live, "GET", whose) as answer:
        assert answer.status == 401


async def test_nobody_is_told_who_works_here(live: LiveGateway, password: str) -> None:
    await live.user("Somebody whom no history names", Role.STEWARD)
    cookie = {"Cookie": f"{COOKIE}={await signed_in(live, NAME, password)}"}
    async with asked(live, "GET", "/counter/staff", headers=cookie) as answer:
        assert await answer.json() == {"staff": {}}
    many = "/counter/staff?" + "&".join(f"by={place}" for place in range(MOST_REFERENCES + 1))
    async with asked(live, "GET", many, headers=cookie) as answer:
        assert answer.status == 400


async def test_whoever_comes_next_on_a_connection_is_not_taken_for_the_cashier(
    live: LiveGateway, password: str
) -> None:
    cookie = {"Cookie": f"{COOKIE}={await signed_in(live, NAME, password)}"}
    key = {"Authorization": f"Bearer {live.daemon.gateway.secrets.boxoffice_key}"}
    async with asked(live, "GET", ORDERS, headers=cookie) as answer:
        assert answer.status == 200
    path = f"/boxoffice/api/v1/tickets/{live.evening.crowd[1]}"
    why = {"refund": "none", "reason": "Unwell"}
    async with asked(live, "POST", f"{path}/cancel", json=why, headers=key) as answer:
        assert answer.status == 200
    async with asked(live, "GET", path, headers=key) as answer:
        assert ["by" in line for line in (await answer.json())["history"]] == [False, False]


async def test_what_is_for_the_gateway_is_not_at_the_counter(
    live: LiveGateway, password: str
) -> None:
    cookie = await signed_in(live, NAME, password)
    assert await status(live, cookie, "/counter/api/v1/changes") == 404
    assert await status(live, cookie, "/counter/api/v1/check-ins", "POST", json={}) == 404


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1:1", "https://evil.example", "http://[", "null", ""]
)
async def test_pages_of_other_addresses_change_nothing(
    live: LiveGateway, password: str, origin: str
) -> None:
    cookie = await signed_in(live, NAME, password)
    headers = {"Origin": origin}
    assert await status(live, cookie, headers=headers) == 401
    assert await status(live, cookie, SESSION, "DELETE", headers=headers) == 401
    assert await status(live, cookie) == 200
    own = {"Origin": live.url("")}
    assert await status(live, cookie, headers=own) == 200


async def test_strangers_get_the_page_under_the_strict_policy_and_nothing_else(
    live: LiveGateway,
) -> None:
    for tls in (False, True):
        for path, (_, kind) in COUNTER_PAGES.items():
            async with asked(live, "GET", path, tls) as answer:
                assert (answer.status, answer.content_type) == (200, kind)
                assert answer.headers["Content-Security-Policy"] == POLICY
        for path in (ORDERS, "/counter/api/v1/orders/1001/print.pdf", SESSION):
            async with asked(live, "GET", path, tls) as answer:
                assert answer.status == 401
        for cookie in ("", "x", "é" * 9):
            assert await status(live, cookie) == 401
        async with asked(live, "GET", "/counter", tls, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (308, "/counter/")


async def test_guessing_is_slowed(tmp_path: Path) -> None:
    async with live_gateway(tmp_path) as live:
        password = await live.user(NAME, Role.CASHIER)
        found = []
        for place in range(61):
            body = {"name": NAME, "password": f"guess {place}"}
            async with asked(live, "POST", SESSION, json=body) as answer:
                found.append(answer.status)
        assert found == [401] * 60 + [429]
        body = {"name": NAME, "password": password}
        async with asked(live, "POST", SESSION, json=body) as answer:
            assert answer.status == 429, "the right one is not looked at either"
        elsewhere = TCPConnector(local_addr=("127.0.0.2", 0))
        async with (
            ClientSession(connector=elsewhere) as other,
            other.post(live.url(SESSION), json=body) as answer,
        ):
            assert answer.status == 200


async def test_a_session_ends_when_nobody_uses_it_and_at_the_end_of_a_shift() -> None:
    now, place = [1000.0], iter(range(1, 100_000))
    sessions = Sessions(lambda: now[0], lambda count: next(place).to_bytes(count, "big"))
    idle, busy = sessions.open(b"ada"), sessions.open(b"eve")
    for _ in range(round(SHIFT_S / IDLE_S)):
        assert sessions.user(busy) == b"eve"
        now[0] += IDLE_S - 1
    assert sessions.user(idle) is None
    assert sessions.user(busy) == b"eve"
    now[0] += SHIFT_S / IDLE_S
    assert sessions.user(busy) is None


async def test_a_users_sessions_are_bounded_and_the_idlest_goes_first() -> None:
    now, place = [1000.0], iter(range(1, 100_000))
    sessions = Sessions(lambda: now[0], lambda count: next(place).to_bytes(count, "big"))
    opened = []
    for _ in range(MOST_EACH):
        now[0] += 1
        opened.append(sessions.open(b"ada"))
    now[0] += 1
    assert sessions.user(opened[0]) == b"ada"
    last = sessions.open(b"ada")
    left = [sessions.user(name) for name in (*opened, last)]
    assert left == [b"ada", None, *[b"ada"] * (MOST_EACH - 1)]


async def test_500_sign_ins_of_one_cashier_push_nobody_else_out(live: LiveGateway) -> None:
    here = await signed_in(live, "Quiet", await live.user("Quiet", Role.CASHIER))
    busy = await live.user("Busy", Role.CASHIER)
    for _ in range(500):
        await signed_in(live, "Busy", busy)
    assert await status(live, here, SESSION) == 200


async def test_a_password_is_short_and_never_mistaken_for_a_token() -> None:
    password = new_password(bytes)
    assert len(password) == 19
    assert typed("0000 0000 0000 0000") == password
    assert typed(" a-Token_of-43-characters ") == "a-Token_of-43-characters"
