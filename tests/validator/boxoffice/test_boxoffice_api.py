"""The box office's HTTP API, as a stranger and as a clerk meet it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer

from doubles.box import FULL, STALLS, STUDENT, TONIGHT, check_in
from validator.boxoffice import BoxOffice, create_app, webhook
from validator.boxoffice.requests import MAX_BODY
from validator.model import TicketId
from validator.upstreams.boxoffice import check_in_json

Client = TestClient[web.Request, web.Application]

KEY = {"Authorization": "Bearer right"}
SALE: dict[str, Any] = {
    "customer": "Ada Muster",
    "email": "ada@example.org",
    "paid": True,
    "items": [
        {"performance": TONIGHT, "tariff": FULL, "zone": STALLS, "seat": "row F, seat 1"},
        {"performance": TONIGHT, "tariff": STUDENT, "admits": 2},
    ],
}
WHY = {"refund": "card", "reason": "unwell"}


@pytest.fixture
async def client(office: BoxOffice) -> AsyncIterator[Client]:
    root = web.Application()
    root.add_subapp("/boxoffice", create_app(office, "right"))
    async with TestClient(TestServer(root), headers=KEY) as client:
        yield client


def path(rest: str) -> str:
    return f"/boxoffice/api/v1/{rest}"


async def post(client: Client, rest: str, body: object, status: int = 200) -> dict[str, Any]:
    answer = await client.post(path(rest), json=body)
    assert answer.status == status, await answer.text()
    plain: dict[str, Any] = await answer.json()
    return plain


async def get(client: Client, rest: str, status: int = 200) -> dict[str, Any]:
    answer = await client.get(path(rest))
    assert answer.status == status, await answer.text()
    plain: dict[str, Any] = await answer.json()
    return plain


@pytest.mark.parametrize("key", [None, "", "right", "Bearer wrong", "Bearer righ", "Bearer \xe9"])
@pytest.mark.parametrize("rest", ["events", "changes", "tickets/1-1-AAAA", "orders"])
async def test_strangers_get_nothing(client: Client, key: str | None, rest: str) -> None:
    headers = {} if key is None else {"Authorization": key}
    async with (
        ClientSession(headers=headers) as stranger,
        stranger.get(client.make_url(path(rest))) as answer,
    ):
        assert answer.status == 401
        assert list(await answer.json()) == ["error"]


async def test_a_sale_answers_its_order_without_codes(client: Client, office: BoxOffice) -> None:
    order = await post(client, "orders", SALE, 201)
    assert [ticket["state"] for ticket in order["tickets"]] == ["valid"] * 2
    assert order["tickets"][1]["admits"] == 2
    assert await get(client, f"orders/{order['number']}") == order | {"visits": {}}
    assert await get(client, "orders") == {"orders": [order]}
    assert await get(client, "orders?limit=0") == {"orders": []}
    codes = [ticket.code.text for ticket in office.orders.get(order["number"]).tickets]
    assert not [code for code in codes if code in repr(order)]


async def test_events_tell_what_can_be_sold(client: Client) -> None:
    plan = await get(client, "events")
    (event,) = plan["events"]
    assert [zone["name"] for zone in event["zones"]] == ["Stalls", "Balcony"]
    assert event["performances"][0]["scope"] == TONIGHT
    assert [tariff["icon"] for tariff in plan["tariffs"]] == ["", "student"]


async def test_a_ticket_is_cancelled_taken_back_reissued_and_exchanged(client: Client) -> None:
    order = await post(client, "orders", SALE, 201)
    number = order["tickets"][0]["number"]
    assert (await post(client, f"tickets/{number}/cancel", WHY))["state"] == "cancelled"
    assert (await post(client, f"tickets/{number}/reactivate", {}))["state"] == "valid"
    assert (await post(client, f"tickets/{number}/reissue", {}))["number"] == number
    new = await post(client, f"tickets/{number}/exchange", {"reason": "other seat"}, 201)
    told = await get(client, f"tickets/{number.lower()}")
    assert told["replacement"] == new["number"]
    assert [line["what"] for line in told["history"]] == [
        "sold",
        "cancelled",
        "reactivated",
        "reissued",
        "exchanged",
    ]


async def test_an_order_is_cancelled_and_paid(client: Client) -> None:
    order = await post(client, "orders", SALE | {"paid": False}, 201)
    assert order["paid"] is False
    assert (await post(client, f"orders/{order['number']}/paid", {"paid": True}))["paid"]
    gone = await post(client, f"orders/{order['number']}/cancel", WHY)
    assert [ticket["refund"] for ticket in gone["tickets"]] == ["card", "card"]


async def test_resellers_codes_are_listed(client: Client) -> None:
    codes = [{"text": "4006381333931", "symbology": "ean13"}]
    body = {"distributor": "Billetor", "performance": TONIGHT, "tariff": FULL, "codes": codes}
    order = await post(client, "codes", body, 201)
    assert order["tickets"][0]["distributor"] == "Billetor"
    assert "listed already" in (await post(client, "codes", body, 400))["error"]


async def test_a_scan_stands_on_the_tickets_history(client: Client) -> None:
    order = await post(client, "orders", SALE, 201)
    ticket = order["tickets"][0]
    item = check_in_json(check_in(1, TicketId(ticket["id"])))
    answer = await post(client, "check-ins", {"check_ins": [item, {"id": "x"}]})
    assert [outcome["accepted"] for outcome in answer["outcomes"]] == [True, False]
    told = await get(client, f"tickets/{ticket['number']}")
    assert told["inside"] == 1
    assert told["history"][-1]["what"] == "check_in"
    assert told["history"][-1]["id"] == item["id"]


async def test_a_picture_is_never_cached(client: Client) -> None:
    order = await post(client, "orders", SALE, 201)
    answer = await client.get(path(f"tickets/{order['tickets'][0]['number']}/picture.png"))
    assert (answer.status, answer.content_type) == (200, "image/png")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("rest", "status"),
    [
        ("tickets/1-1-AAAA", 404),
        ("tickets/1-1-AAAA/picture.png", 404),
        ("orders/999", 404),
        ("orders/abc", 404),
        ("nothing", 404),
        ("changes?limit=x", 400),
        ("orders?limit=-1", 400),
        ("changes?limit=99999", 400),
        ("changes?since=x", 400),
        ("tickets/" + "A" * 3000, 404),
    ],
)
async def test_a_wrong_question_gets_a_sentence(client: Client, rest: str, status: int) -> None:
    assert (await get(client, rest, status))["error"].endswith(".")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("customer", None),
        ("customer", "x" * 201),
        ("customer", "half a pair \ud800"),
        ("email", 7),
        ("paid", "yes"),
        ("paid", None),
        ("items", []),
        ("items", {}),
        ("items", [7]),
        ("items", [{"performance": TONIGHT}]),
        ("items", [{"performance": True, "tariff": FULL}]),
        ("items", [{"performance": TONIGHT, "tariff": FULL, "zone": 32}]),
        ("items", [SALE["items"][0]] * 501),
        ("items", [SALE["items"][0]] * 2),
    ],
)
async def test_a_wrong_sale_sells_nothing(client: Client, field: str, value: object) -> None:
    assert (await post(client, "orders", SALE | {field: value}, 400))["error"]
    assert await get(client, "orders") == {"orders": []}


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b"null"])
async def test_a_body_that_is_no_object_is_refused(client: Client, body: bytes) -> None:
    answer = await client.post(path("orders"), data=body)
    assert answer.status == 400
    assert (await answer.json())["error"]


async def test_a_body_is_read_up_to_its_bound_only(client: Client) -> None:
    answer = await client.post(path("orders"), data=b" " * (MAX_BODY + 1))
    assert answer.status == 400
    assert "larger" in (await answer.json())["error"]


async def test_a_change_wakes_the_gateway_with_its_key(office: BoxOffice) -> None:
    woken = asyncio.Event()
    keys: list[str | None] = []

    async def wake(request: web.Request) -> web.Response:
        keys.append(request.headers.get("Authorization"))
        woken.set()
        return web.Response(status=204)

    gateway = web.Application()
    gateway.router.add_post("/wake", wake)
    async with TestServer(gateway) as server:
        app = create_app(office, "right", webhook(str(server.make_url("/wake")), "wakes"))
        async with TestClient(TestServer(app), headers=KEY) as client:
            answer = await client.post("/api/v1/orders", json=SALE)
            assert answer.status == 201
            await asyncio.wait_for(woken.wait(), 10)
    assert keys == ["Bearer wakes"]


async def test_a_gateway_that_does_not_answer_never_fails_a_sale(office: BoxOffice) -> None:
    calls: list[str] = []
    failed = asyncio.Event()

    async def wake() -> None:
        calls.append("wake")
        failed.set()
        raise OSError("no route")

    app = create_app(office, "right", wake)
    async with TestClient(TestServer(app), headers=KEY) as client:
        for number in (1, 2):
            failed.clear()
            sale = SALE | {"items": [{"performance": TONIGHT, "tariff": FULL}]}
            assert (await client.post("/api/v1/orders", json=sale)).status == 201
            await asyncio.wait_for(failed.wait(), 10)
            assert len(calls) == number


async def test_the_office_can_be_used_after_its_application_ended(office: BoxOffice) -> None:
    async def wake() -> None:
        return None

    async with TestClient(TestServer(create_app(office, "right", wake)), headers=KEY) as client:
        assert (await client.post("/api/v1/orders", json=SALE)).status == 201
    assert office.orders.mark_paid(1001, paid=False).number == 1001
