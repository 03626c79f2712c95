"""The counter's part of the HTTP API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from doubles.boxoffice.box import FULL, STALLS, TONIGHT
from doubles.clock.hand_clock import HandClock
from validator.boxoffice import BoxOffice
from validator.clock import HOUR_MS

Client = TestClient[web.Request, web.Application]

SALE: dict[str, Any] = {
    "customer": "Ada Muster",
    "email": "ada@example.org",
    "language": "it",
    "paid": True,
    "payment": "cash",
    "items": [
        {"performance": TONIGHT, "tariff": FULL, "zone": STALLS, "seat": "F 1", "price": 5000},
        {"performance": TONIGHT, "tariff": FULL, "zone": STALLS, "seat": "F 2", "price": 5000},
    ],
}
INVOICE = SALE | {"paid": False, "payment": "invoice"}


async def ask(client: Client, path: str, body: object = None, status: int = 200) -> Any:
    method = "GET" if body is None else "POST"
    answer = await client.request(method, f"/api/v1/{path}", json=body)
    assert answer.status == status, await answer.text()
    return await answer.json()


async def test_a_cancelled_ticket_comes_with_the_letter_that_may_be_sent(client: Client) -> None:
    order = await ask(client, "orders", SALE, 201)
    assert (order["total"], order["payment"], order["language"]) == (10_000, "cash", "it")
    number = order["tickets"][0]["number"]
    body = {"refund": "cash", "reason": "unwell", "amount": 4000}
    cancelled = await ask(client, f"tickets/{number}/cancel", body)
    assert cancelled["refunded"] == 4000
    letter = cancelled["letter"]
    assert (letter["address"], letter["language"]) == ("ada@example.org", "it")
    letters = f"orders/{order['number']}/letters"
    assert await ask(client, letters) == {"letters": []}
    assert await ask(client, letters, {"tickets": [number]}, 201) == letter
    (sent,) = (await ask(client, letters))["letters"]
    assert (sent["kind"], sent["subject"]) == ("cancelled", letter["subject"])


async def test_an_orders_history_tells_of_its_tickets_and_letters(
    client: Client, office: BoxOffice, hand: HandClock
) -> None:
    order = await ask(client, "orders", INVOICE, 201)
    hand.go(10 * 24 * HOUR_MS)
    office.do_chores()
    hand.go(1)
    await ask(client, f"orders/{order['number']}/cancel", {"refund": "none", "reason": "moved"})
    told = (await ask(client, f"orders/{order['number']}/history"))["history"]
    assert [line["what"] for line in told] == [
        *("sold", "sold", "letter", "reminded", "reminded", "letter", "cancelled", "cancelled")
    ]
    assert {line["ticket"] for line in told if "ticket" in line} == {
        ticket["number"] for ticket in order["tickets"]
    }


async def test_the_refusal_of_a_single_ticket_leads_into_the_way_out(client: Client) -> None:
    order = await ask(client, "orders", INVOICE, 201)
    assert order["due"] is not None
    first, second = order["tickets"]
    body = {"refund": "none", "reason": "unwell"}
    refused = await ask(client, f"tickets/{first['number']}/cancel", body, 409)
    assert "Remake the order" in refused["error"]
    way_out = refused["way_out"]
    made = await ask(client, way_out["path"], way_out["body"] | {"reason": "unwell"}, 201)
    assert {ticket["state"] for ticket in made["cancelled"]["tickets"]} == {"cancelled"}
    (ticket,) = made["order"]["tickets"]
    assert (ticket["seat"], ticket["state"]) == (second["seat"], "valid")
    assert made["order"]["replaces"] == order["number"]
    (invoice,) = (await ask(client, f"orders/{made['order']['number']}/letters"))["letters"]
    assert invoice["kind"] == "invoice"


async def test_an_order_is_searched_without_its_name_in_a_url(client: Client) -> None:
    order = await ask(client, "orders", SALE, 201)
    (found,) = (await ask(client, "search", {"text": "MUSTR"}))["orders"]
    assert found["number"] == order["number"]
    assert found["score"] < 100
    assert (await ask(client, "search", {"text": "nobody"}))["orders"] == []
    await ask(client, "search", {"text": ""}, 400)


async def test_the_organiser_decides_and_reads_the_accounts(client: Client) -> None:
    settings = await ask(client, "settings")
    assert (settings["reminder_days"], settings["reminders"]) == (10, 2)
    decided = settings | {"commission_cents": 120}
    assert await ask(client, "settings", decided) == decided
    assert await ask(client, "settings") == decided
    await ask(client, "settings", decided | {"reminders": 99}, 400)
    order = await ask(client, "orders", SALE, 201)
    await ask(client, f"orders/{order['number']}/cancel", {"refund": "card", "reason": "moved"})
    told = await ask(client, f"performances/{TONIGHT}/accounts")
    (account,) = told["accounts"]
    assert (account["cancelled"], account["commission"], account["refunded"]) == (2, 240, 10_000)
    assert {(row["refund"], row["reason"]) for row in told["taken_back"]} == {("card", "moved")}
    await ask(client, "performances/99/accounts", status=400)


async def test_orders_and_tickets_are_printed(client: Client) -> None:
    order = await ask(client, "orders", SALE, 201)
    number = order["tickets"][0]["number"]
    for path in (f"orders/{order['number']}", f"tickets/{number}"):
        for paper in ("", "?paper=a4", "?paper=82x203.2", "?paper=101.6x76.2"):
            answer = await client.get(f"/api/v1/{path}/print.pdf{paper}")
            assert (answer.status, answer.content_type) == (200, "application/pdf")
            assert answer.headers["Cache-Control"] == "no-store"
            assert (await answer.read()).startswith(b"%PDF-")
    await ask(client, f"tickets/{number}/print.pdf?paper=a0", status=400)


async def test_passes_are_put_sold_disabled_and_enabled(client: Client) -> None:
    wanted = {"name": "Season", "performances": [TONIGHT], "per_performance": 1}
    made = await ask(client, "passes", wanted, 201)
    assert (await ask(client, "passes"))["passes"] == [made]
    item = {"performance": made["scope"], "tariff": FULL}
    order = await ask(client, "orders", SALE | {"items": [item]}, 201)
    number = order["tickets"][0]["number"]
    assert (await ask(client, f"tickets/{number}/disable", {"reason": "unpaid"}))["disabled"]
    await ask(client, f"tickets/{number}/disable", {"reason": "unpaid"}, 400)
    assert not (await ask(client, f"tickets/{number}/enable", {}))["disabled"]
    for wrong in ({"performances": ["7"]}, {"performances": [True]}, {"limit": 0}):
        await ask(client, "passes", wanted | wrong, 400)


@pytest.mark.parametrize(
    "wrong", [{"payment": "shells"}, {"language": "xx"}, {"items": [{"price": -1}]}]
)
async def test_a_sale_with_an_unknown_method_language_or_price_is_refused(
    client: Client, wrong: dict[str, Any]
) -> None:
    await ask(client, "orders", SALE | wrong, 400)
    assert (await ask(client, "orders"))["orders"] == []


async def test_unpaid_orders_are_looked_after_while_the_box_office_is_open(
    client: Client, office: BoxOffice, tmp_path: Path
) -> None:
    await ask(client, "orders", INVOICE, 201)
    office.do_chores()
    # The application does its chores as well, and may be writing the letter once more.
    (letter,) = (tmp_path / "mails").glob("*.eml")
    assert letter.name == "00000001-invoice.eml"
