"""What is on sale: prices, and how many tickets are left."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from doubles.box import BALCONY, FULL, STALLS, STUDENT, TONIGHT
from validator.boxoffice import BoxOffice, Item, Refund, create_app
from validator.boxoffice.model import Offer, Refused
from validator.errors import FixRequest

Client = TestClient[web.Request, web.Application]

OFFERS: list[dict[str, Any]] = [
    {"tariff": FULL, "zone": STALLS, "price": 7800, "quantity": 2},
    {"tariff": STUDENT, "price": 4500},
]
PROGRAM: dict[str, Any] = {
    "id": "gala",
    "name": "Gala",
    "zones": {"0": "Stalls"},
    "performances": [
        {
            "name": f"Gala {day}",
            "doors": f"2026-12-{day}T18:00:00Z",
            "start": f"2026-12-{day}T19:00:00Z",
            "end": f"2026-12-{day}T22:00:00Z",
            "zone": "Europe/Zurich",
        }
        for day in (11, 12)
    ],
    "tariffs": [],
    "offers": OFFERS,
}


@pytest.fixture
async def client(office: BoxOffice) -> AsyncIterator[Client]:
    headers = {"Authorization": "Bearer right"}
    async with TestClient(TestServer(create_app(office, "right")), headers=headers) as client:
        yield client


async def announce(client: Client, body: object, status: int = 201) -> Any:
    async with client.post("/api/v1/events", json=body) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def test_prices_come_with_the_event_for_each_of_its_performances(client: Client) -> None:
    event = await announce(client, PROGRAM)
    full, student = event["performances"][0]["offers"]
    assert event["performances"][1]["offers"] == [full, student]
    told = {(offer["tariff"], offer["zone"]): offer for offer in (full, student)}
    assert told[FULL, STALLS]["price"] == 7800
    assert (told[FULL, STALLS]["quantity"], told[FULL, STALLS]["left"]) == (2, 2)
    assert told[STUDENT, None] == OFFERS[1] | {"zone": None, "quantity": None, "left": None}


async def test_one_performance_announced_again_has_its_new_price_alone(client: Client) -> None:
    first = await announce(client, PROGRAM)
    dearer = [OFFERS[0] | {"price": 9900}]
    again = PROGRAM | {"performances": PROGRAM["performances"][:1], "offers": dearer}
    event = await announce(client, again)
    prices = [
        {offer["tariff"]: offer["price"] for offer in show["offers"]}
        for show in event["performances"]
    ]
    assert prices == [{FULL: 9900, STUDENT: 4500}, {FULL: 7800, STUDENT: 4500}]
    assert len(first["performances"]) == len(event["performances"])


async def test_a_pass_has_its_price_too(client: Client) -> None:
    wanted = {"name": "Season", "performances": [TONIGHT], "offers": OFFERS[1:]}
    async with client.post("/api/v1/passes", json=wanted) as answer:
        made = await answer.json()
    assert [offer["price"] for offer in made["offers"]] == [4500]
    async with client.get("/api/v1/passes") as answer:
        assert (await answer.json())["passes"] == [made]


@pytest.mark.parametrize(
    "wrong",
    [
        [OFFERS[0], OFFERS[0]],
        [OFFERS[0] | {"price": -1}],
        [OFFERS[0] | {"price": 1.5}],
        [OFFERS[0] | {"zone": 32}],
        [OFFERS[0] | {"zone": 9}],
        [OFFERS[0] | {"tariff": 999}],
        [OFFERS[0] | {"quantity": -1}],
        [{"tariff": FULL}],
        [OFFERS[0]] * 1001,
        "free",
    ],
)
async def test_a_wrong_price_announces_nothing(client: Client, wrong: object) -> None:
    answer = await announce(client, PROGRAM | {"offers": wrong}, 400)
    assert answer["error"]
    async with client.get("/api/v1/events") as told:
        assert "gala" not in [event["id"] for event in (await told.json())["events"]]


def test_what_is_sold_out_is_not_sold_and_cancelling_gives_it_back(office: BoxOffice) -> None:
    office.offers.put(TONIGHT, [Offer(STALLS, FULL, 7800, 2)])
    item = Item(TONIGHT, FULL, STALLS, price=7800)
    with pytest.raises(Refused, match="sold out"):
        office.orders.sell("Ada", "", [item] * 3)
    assert left(office) == 2
    order = office.orders.sell("Ada", "", [item] * 2)
    assert left(office) == 0
    with pytest.raises(Refused) as refused:
        office.orders.sell("Eve", "", [item])
    assert refused.value.word == "sold_out"
    office.orders.sell("Eve", "", [Item(TONIGHT, FULL, BALCONY), Item(TONIGHT, STUDENT, STALLS)])
    office.tickets.cancel([order.tickets[0].number], Refund.CARD, "unwell")
    assert left(office) == 1
    office.tickets.exchange(order.tickets[1].number)
    office.orders.sell("Eve", "", [item])
    assert left(office) == 0
    with pytest.raises(Refused):
        office.tickets.reactivate(order.tickets[0].number)


def test_an_offer_names_what_is_there(office: BoxOffice) -> None:
    for scope, offer in ((99, Offer(None, FULL, 1)), (TONIGHT, Offer(9, FULL, 1))):
        with pytest.raises(FixRequest):
            office.offers.put(scope, [offer])
    assert office.offers.all() == {}


def left(office: BoxOffice) -> int | None:
    (offer,) = office.offers.all()[TONIGHT]
    return offer.left
