"""A guess is counted before it is looked at, and strangers can't use up what others need."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial

import pytest
import pytest_asyncio

from doubles.gateway.deaf import Deaf
from doubles.gateway.live import LiveGateway, live_gateway
from validator.enrolment import read_enrolment_code
from validator.errors import NotAllowed
from validator.gateway.api.counter import PATH
from validator.gateway.trust.auth import Role, new_password
from validator.gateway.trust.rate_limit import RateLimit, TooOften

ENROL, SESSION = "/api/v1/enrol", f"{PATH}/session"
MANY = 200

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def live(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LiveGateway]:
    async with live_gateway(tmp_path_factory.mktemp("guessing")) as running:
        yield running


async def statuses_of(
    live: LiveGateway, path: str, bodies: list[dict[str, str]], address: str = "127.0.0.1"
) -> list[int]:
    """Send every request but its last byte, then all last bytes at once."""
    callers = [await Deaf.to(live, address) for _ in bodies]
    try:
        for one, body in zip(callers, bodies, strict=True):
            text = json.dumps(body)
            length = f"Content-Length: {len(text)}"
            await one.ask(f"POST {path}", "Content-Type: application/json", length, body=text[:-1])
        await asyncio.gather(*[one.send(b"}") for one in callers])
        async with asyncio.timeout(60):
            return [int((await one.some())[9:12]) for one in callers]
    finally:
        for one in callers:
            one.close()


async def invited(live: LiveGateway) -> dict[str, str]:
    _, made = await live.call("POST", "/api/v1/devices/codes", {"gate": "a"}, live.admin)
    return {"secret": read_enrolment_code(made["code"])[1].hex(), "name": "Handheld"}


def guess(number: int) -> dict[str, str]:
    return {"secret": f"{number:010x}", "name": "Guesser"}


async def test_codes_whose_last_bytes_were_held_back_are_limited_like_codes_in_a_row(
    live: LiveGateway,
) -> None:
    right = await invited(live)
    found = await statuses_of(live, ENROL, [*map(guess, range(MANY)), right])
    assert Counter(found) == {403: 6, 429: MANY - 5}
    assert await statuses_of(live, ENROL, [right], "127.0.0.2") == [200]


async def test_passwords_whose_last_bytes_were_held_back_are_limited_like_those_in_a_row(
    live: LiveGateway,
) -> None:
    right = {"name": "Desk", "password": await live.user("Desk", Role.CASHIER)}
    wrong = [
        {"name": "Desk", "password": new_password(partial(number.to_bytes, byteorder="big"))}
        for number in range(MANY)
    ]
    found = await statuses_of(live, SESSION, [*wrong, right])
    assert Counter(found) == {401: 60, 429: MANY - 59}
    assert await statuses_of(live, SESSION, [right], "127.0.0.2") == [200]


async def test_guesses_of_many_addresses_slow_the_right_code_and_shut_it_not_out(
    live: LiveGateway,
) -> None:
    right = await invited(live)
    for address in range(10, 35):
        assert set(
            await statuses_of(live, ENROL, [*map(guess, range(6))], f"127.0.0.{address}")
        ) == {403}
    assert await statuses_of(live, ENROL, [right], "127.0.0.2") == [200]


async def test_many_right_codes_of_one_address_at_once_are_all_taken(live: LiveGateway) -> None:
    bodies = [await invited(live) for _ in range(20)]
    assert await statuses_of(live, ENROL, bodies) == [200] * 20


async def test_who_was_here_before_is_not_slowed_by_guesses_from_the_same_address(
    live: LiveGateway,
) -> None:
    steward = await live.user("Steward", Role.STEWARD)
    assert (await live.call("GET", "/api/v1/tickets/0-0-NONE", token=steward))[0] == 404
    for number in range(61):
        await live.call("GET", "/api/v1/devices", token=f"guess-{number}")
    newcomer = await live.user("Newcomer", Role.STEWARD)
    assert (await live.call("GET", "/api/v1/tickets/0-0-NONE", token=steward))[0] == 404
    assert (await live.call("GET", "/api/v1/tickets/0-0-NONE", token=newcomer))[0] == 429


class Time:
    """A clock that moves when somebody waits."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now_s += seconds

    def limit(self, each: int, altogether: int) -> RateLimit:
        return RateLimit("wrong codes", lambda: self.now_s, each, altogether, self.sleep)


async def wrong(limit: RateLimit, caller: str) -> None:
    with pytest.raises(NotAllowed):
        async with limit.guess(caller):
            raise NotAllowed("wrong")


async def test_beyond_a_minutes_worth_guesses_are_looked_at_at_that_pace() -> None:
    time = Time()
    limit = time.limit(each=2, altogether=60)
    for caller in range(63):
        await wrong(limit, str(caller))
    assert time.waits == pytest.approx([1.0] * 3)


async def test_a_right_guess_is_given_back() -> None:
    time = Time()
    limit = time.limit(each=2, altogether=3)
    for _ in range(10):
        async with limit.guess("a"):
            pass
    assert time.waits == []
    await wrong(limit, "a")
    await wrong(limit, "a")
    with pytest.raises(TooOften):
        limit.check("a")


async def test_who_was_wrong_before_finds_the_line_full_sooner() -> None:
    time = Time()
    limit = time.limit(each=6, altogether=15)
    for caller in range(15):
        await wrong(limit, str(caller))
    with pytest.raises(TooOften):
        await wrong(limit, "0")
    async with limit.guess("new"):
        pass
    assert time.waits == [4.0]
