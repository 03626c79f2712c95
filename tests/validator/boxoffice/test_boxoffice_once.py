"""Changes that are asked for again, because an answer was lost on its way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from doubles.box import FULL, STALLS, TONIGHT
from doubles.hand_clock import HandClock
from validator.boxoffice import BoxOffice, Item, create_app
from validator.boxoffice.model import Refused
from validator.clock import HOUR_MS

Client = TestClient[web.Request, web.Application]

KEY = "0190c2d5-7a4e-7c11-9d3e-0c8f5b2a6e11"
SALE: dict[str, Any] = {
    "customer": "Ada Muster",
    "email": "ada@example.org",
    "paid": True,
    "items": [{"performance": TONIGHT, "tariff": FULL, "zone": STALLS, "price": 5000}],
}
WHY = {"refund": "card", "reason": "unwell"}


@pytest.fixture
async def client(office: BoxOffice) -> AsyncIterator[Client]:
    headers = {"Authorization": "Bearer right"}
    async with TestClient(TestServer(create_app(office, "right")), headers=headers) as client:
        yield client


async def ask(client: Client, path: str, body: object, key: str = KEY) -> tuple[int, Any]:
    headers = {"Idempotency-Key": key}
    async with client.post(f"/api/v1/{path}", json=body, headers=headers) as answer:
        return answer.status, await answer.json()


async def test_what_is_asked_for_twice_is_sold_once(client: Client, office: BoxOffice) -> None:
    first = await ask(client, "orders", SALE)
    assert first[0] == 201
    assert await ask(client, "orders", SALE) == first
    assert len(office.orders.latest(10)) == 1
    assert (await ask(client, "orders", SALE, KEY.replace("11", "22")))[0] == 201
    assert len(office.orders.latest(10)) == 2


async def test_two_at_once_are_one(client: Client, office: BoxOffice) -> None:
    answers = await asyncio.gather(*(ask(client, "orders", SALE) for _ in range(8)))
    assert len({answer["number"] for _, answer in answers}) == 1
    assert len(office.orders.latest(10)) == 1


@pytest.mark.parametrize("changed", [{"customer": "Eve"}, {"items": SALE["items"] * 2}])
async def test_a_key_is_good_for_one_thing_only(
    client: Client, office: BoxOffice, changed: dict[str, Any]
) -> None:
    await ask(client, "orders", SALE)
    status, answer = await ask(client, "orders", SALE | changed)
    assert (status, answer["code"]) == (409, "reused")
    assert len(office.orders.latest(10)) == 1


async def test_a_cancellation_is_told_again_and_not_refused(client: Client) -> None:
    _, order = await ask(client, "orders", SALE)
    path = f"tickets/{order['tickets'][0]['number']}/cancel"
    cancelled = await ask(client, path, WHY, KEY + "-cancel")
    assert cancelled[0] == 200
    assert await ask(client, path, WHY, KEY + "-cancel") == cancelled
    status, answer = await ask(client, path, WHY, KEY + "-other")
    assert (status, answer["code"]) == (400, "cancelled")


async def test_a_letter_goes_once(client: Client, office: BoxOffice) -> None:
    _, order = await ask(client, "orders", SALE)
    number = order["tickets"][0]["number"]
    await ask(client, f"tickets/{number}/cancel", WHY, KEY + "-cancel")
    for _ in range(3):
        letters = f"orders/{order['number']}/letters"
        assert (await ask(client, letters, {"tickets": [number]}, KEY + "-mail"))[0] == 201
    assert len(office.mails.of(order["number"])) == 1


async def test_what_failed_may_be_tried_again_with_the_same_key(client: Client) -> None:
    seat = SALE | {"items": [SALE["items"][0] | {"seat": "F 1"}]}
    _, order = await ask(client, "orders", seat, KEY + "-first")
    status, answer = await ask(client, "orders", seat)
    assert (status, answer["code"]) == (400, "seat_sold")
    assert answer["facts"] == {"seat": "F 1", "ticket": order["tickets"][0]["number"]}
    await ask(client, f"orders/{order['number']}/cancel", WHY, KEY + "-cancel")
    assert (await ask(client, "orders", seat))[0] == 201


@pytest.mark.parametrize("key", ["short", "x" * 65, "né" * 10])
async def test_a_key_has_its_bounds(client: Client, office: BoxOffice, key: str) -> None:
    headers = {"Idempotency-Key": key}
    async with client.post("/api/v1/orders", json=SALE, headers=headers) as answer:
        assert answer.status == 400
    assert office.orders.latest(10) == ()


def test_a_change_and_its_answer_are_kept_together_or_not_at_all(office: BoxOffice) -> None:
    def change() -> object:
        office.orders.list_codes(
            "Billetor", Item(TONIGHT, FULL, STALLS), [("4006381333931", "ean13")]
        )
        raise Refused("sold_out", "None is left.")

    with pytest.raises(Refused):
        office.once.answer(KEY, b"asked", change)
    assert office.orders.latest(10) == ()
    with office.database.read() as transaction:
        assert transaction.rows("SELECT * FROM answers") == []


async def test_answers_with_their_names_are_gone_after_a_day(
    client: Client, office: BoxOffice, hand: HandClock
) -> None:
    await ask(client, "orders", SALE)
    hand.go(23 * HOUR_MS)
    office.keep()
    assert kept(office) == 1
    hand.go(2 * HOUR_MS)
    office.keep()
    assert kept(office) == 0


async def test_the_gateway_is_told_once(client: Client, office: BoxOffice) -> None:
    told: list[None] = []
    office.on_change(lambda: told.append(None))
    await ask(client, "orders", SALE)
    await ask(client, "orders", SALE)
    assert len(told) == 1


def kept(office: BoxOffice) -> int:
    with office.database.read() as transaction:
        return len(transaction.rows("SELECT body FROM answers"))
