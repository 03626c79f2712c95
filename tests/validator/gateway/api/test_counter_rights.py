"""What a cashier, a supervisor and an organiser may do at the counter."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from http.cookies import SimpleCookie
from typing import Any

import pytest
import pytest_asyncio

from doubles.gateway.live import LiveGateway
from validator.boxoffice.model import Item
from validator.boxoffice.sample import FULL, STALLS
from validator.gateway.api.counter import COOKIE
from validator.roles import COUNTER, Role

CASHIER, SUPERVISOR, ORGANISER = Role.CASHIER, Role.SUPERVISOR, Role.ORGANISER
Cookies = Mapping[Role, str]

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def cookies(live: LiveGateway) -> Cookies:
    found = {}
    for role in COUNTER:
        body = {"name": role.value, "password": await live.user(role.value, role)}
        async with live.http.post(live.url("/counter/session"), json=body) as answer:
            found[role] = SimpleCookie(answer.headers["Set-Cookie"])[COOKIE].value
        live.http.cookie_jar.clear()
    return found


@pytest.fixture
def price(live: LiveGateway) -> int:
    offers = live.daemon.gateway.office.offers.all()[live.evening.tonight]
    return next(each.price for each in offers if (each.tariff, each.zone) == (FULL, STALLS))


async def asked(
    live: LiveGateway, cookie: str, path: str, body: object = None, key: str = ""
) -> tuple[int, Any]:
    headers = {"Cookie": f"{COOKIE}={cookie}"} | ({"Idempotency-Key": key} if key else {})
    method = "GET" if body is None else "POST"
    async with live.http.request(
        method, live.url(f"/counter/api/v1/{path}"), json=body, headers=headers
    ) as answer:
        return answer.status, await answer.json()


def sale(scope: int, **item: object) -> dict[str, object]:
    wanted = {"performance": scope, "tariff": FULL, "zone": STALLS} | item
    return {"customer": "Ada", "paid": True, "payment": "cash", "items": [wanted]}


async def test_a_cashier_neither_announces_nor_moves_nor_decides(
    live: LiveGateway, cookies: Cookies
) -> None:
    office, cookie = live.daemon.gateway.office, cookies[CASHIER]
    _, program = await asked(live, cookie, "events")
    before = office.settings.get(), office.catalogue.events(), office.offers.all()
    moved = program["events"][0] | {"tariffs": program["tariffs"]}
    settings = {"commission_permille": 999}
    card = {"name": "Mine", "performances": [live.evening.tonight]}
    for path, body in (("events", moved), ("settings", settings), ("passes", card)):
        status, answer = await asked(live, cookie, path, body)
        assert (status, answer["code"]) == (403, "role"), path
        status, answer = await asked(live, cookies[SUPERVISOR], path, body)
        assert (status, answer["code"]) == (403, "role"), "program and prices are the organiser's"
    for path in ("settings", f"performances/{live.evening.tonight}/accounts"):
        assert (await asked(live, cookie, path))[0] == 403
        assert (await asked(live, cookies[SUPERVISOR], path))[0] == 403
        assert (await asked(live, cookies[ORGANISER], path))[0] == 200
    assert (office.settings.get(), office.catalogue.events(), office.offers.all()) == before
    assert (await asked(live, cookies[ORGANISER], "passes", card))[0] == 201


@pytest.mark.parametrize(
    "odd",
    [{"price": 0}, {"price": 1}, {}, {"admits": 2}, {"admits": 255}, {"tariff": 1, "zone": None}],
    ids=["free", "cheap", "no price", "two", "a crowd", "no such offer"],
)
async def test_a_cashier_sells_for_no_other_price_and_to_no_more_people_than_the_program_says(
    live: LiveGateway, cookies: Cookies, price: int, odd: dict[str, object]
) -> None:
    wanted = ({"price": price} if "price" not in odd and odd else {}) | odd
    body = sale(live.evening.tonight, **wanted)
    orders = live.daemon.gateway.office.orders
    (newest,) = orders.latest(1)
    status, answer = await asked(live, cookies[CASHIER], "orders", body)
    assert (status, answer["code"]) == (403, "not_listed")
    mixed = sale(live.evening.tonight, price=price)["items"] + body["items"]  # type: ignore[operator]
    status, _ = await asked(live, cookies[CASHIER], "orders", body | {"items": mixed})
    assert status == 403
    assert orders.latest(1) == (newest,)
    for role in (SUPERVISOR, ORGANISER):
        assert (await asked(live, cookies[role], "orders", body))[0] == 201


async def test_a_cashier_sells_by_the_program_and_gives_nothing_away(
    live: LiveGateway, cookies: Cookies, price: int
) -> None:
    tonight = live.evening.tonight
    body = sale(tonight, price=price)
    assert (await asked(live, cookies[CASHIER], "orders", body))[0] == 201
    gift = sale(tonight, price=0) | {"payment": "invitation"}
    assert (await asked(live, cookies[CASHIER], "orders", gift))[0] == 403
    key = str(uuid.uuid4())
    assert (await asked(live, cookies[SUPERVISOR], "orders", gift, key))[0] == 201
    assert (await asked(live, cookies[CASHIER], "orders", gift | {"customer": "Me"}))[0] == 403
    code = {"distributor": "Me", "performance": tonight, "tariff": FULL}
    code |= {"codes": [{"text": "4006381333931", "symbology": "ean13"}]}
    for path, body in (("codes", code), ("imports", {})):
        status, answer = await asked(live, cookies[CASHIER], path, body)
        assert (status, answer["code"]) == (403, "role")
    assert (await asked(live, cookies[SUPERVISOR], "codes", code))[0] == 201


async def test_what_the_program_gives_away_a_cashier_gives_away(
    live: LiveGateway, cookies: Cookies
) -> None:
    office, tonight = live.daemon.gateway.office, live.evening.tonight
    (offer, *_) = [each for each in office.offers.all()[tonight] if each.zone == STALLS]
    office.offers.put(tonight, [replace(offer, price=0)])
    body = sale(tonight, tariff=offer.tariff, price=0)
    try:
        assert (await asked(live, cookies[CASHIER], "orders", body))[0] == 201
    finally:
        office.offers.put(tonight, [offer])


async def test_an_exchange_is_bound_as_a_sale_is(
    live: LiveGateway, cookies: Cookies, price: int
) -> None:
    office, tonight = live.daemon.gateway.office, live.evening.tonight
    old = office.orders.sell("Ada", "", [Item(tonight, FULL, STALLS, price=price - 1)]).tickets[0]
    path = f"tickets/{old.number}/exchange"
    place = {"performance": tonight, "tariff": FULL, "zone": STALLS}
    for odd in ({"price": 0}, {"price": price - 2}, {"price": price, "admits": 2}):
        status, answer = await asked(live, cookies[CASHIER], path, place | odd)
        assert (status, answer["code"]) == (403, "not_listed"), odd
    same = place | {"price": price - 1, "seat": "another"}
    status, new = await asked(live, cookies[CASHIER], path, same)
    assert status == 201, "the old price holds for the same place"
    path = f"tickets/{new['number']}/exchange"
    status, new = await asked(live, cookies[CASHIER], path, place | {"price": price})
    assert status == 201
    again = f"tickets/{new['number']}/exchange"
    assert (await asked(live, cookies[CASHIER], again, {}))[0] == 201


async def test_nobody_gives_a_right_that_they_lack(live: LiveGateway) -> None:
    boss = await live.user("Boss", Role.SUPERVISOR)
    body = {"name": "Nour", "role": "organiser"}
    status, answer = await live.call("POST", "/api/v1/users", body, boss)
    assert status == 403
    assert "--role organiser" in answer["error"]
    status, answer = await live.call("POST", "/api/v1/users", body, live.admin)
    assert status == 200
    organiser = answer["token"]
    assert len(organiser) == 19, "it is typed at the counter"
    for path in ("/api/v1/counts", "/api/v1/users"):
        assert (await live.call("GET", path, token=organiser, tls=True))[0] == 403
