"""The ten rules of cancelling at a real lane, each from the counter to the refusal."""

from __future__ import annotations

import os
from typing import Any

import pytest

from journeys.venue.lane import LaneProcess
from journeys.venue.venue import CLOCK, Venue
from journeys.venue.waiting import until
from validator.boxoffice import BoxOffice, Item, Order
from validator.clock import HOUR_MS, Clock

FULL, STALLS = 1, 0
DAY_NS = 24 * HOUR_MS * 1_000_000
SOLD, REVOKED = 1, 2
"""Streams that tell a lane of sales and of cancellations, as places in `Venue.streams`."""

WHY = {"refund": "card", "reason": "Unwell"}


class Counter:
    """A venue's counter and one of its lanes.

    Args:
        venue: Its gateway runs.
        lane: It holds everything.
    """

    def __init__(self, venue: Venue, lane: LaneProcess) -> None:
        self.office = venue.office
        self.photographed = venue.photographed
        self.forwarded = venue.forwarded
        self._streams = venue.streams
        self._lane = lane
        self._scope = venue.evening.tonight
        self._places = iter(range(1, 100))
        self._codes: dict[str, str] = {}

    async def change(self, path: str, body: dict[str, Any], *places: int) -> dict[str, Any]:
        """Change something and wait until the lane has heard of it."""
        before = len(self._lane.lines)
        answer = await self.office(path, body)
        for place in places:
            await self._lane.heard(before, event="applied", stream=self._streams[place])
        return answer

    async def sell(self, count: int, paid: bool = True, seat: str = "") -> list[str]:
        """Sell tickets to somebody new."""
        items = [
            {
                "performance": self._scope,
                "tariff": FULL,
                "zone": STALLS,
                "seat": seat or f"Z{next(self._places)}",
                "price": 4000,
            }
            for _ in range(count)
        ]
        sale = {"customer": "Núria Vila", "email": "n@example.org", "paid": paid, "items": items}
        return await self.keep(await self.change("orders", sale, SOLD))

    async def keep(self, order: dict[str, Any]) -> list[str]:
        """Keep pictures of an order's tickets, as guests do."""
        numbers = [str(ticket["number"]) for ticket in order["tickets"]]
        for number in numbers:
            self._codes[number] = await self.photographed(number)
        return numbers

    async def cancel(self, number: str) -> dict[str, Any]:
        """Cancel one ticket."""
        return await self.change(f"tickets/{number}/cancel", WHY, REVOKED)

    async def shown(self, number: str) -> dict[str, Any]:
        """Scan a ticket once."""
        return await self._lane.scan(self._codes[number])

    async def admitted(self, *numbers: str) -> None:
        """Scan good tickets."""
        for number in numbers:
            seen = await self.shown(number)
            assert (seen["decision"], seen["ticket"]) == ("admit", number)

    async def refused(self, number: str, reason: str) -> dict[str, Any]:
        """Scan a ticket that the lane refuses."""
        seen = await self.shown(number)
        assert (seen["decision"], seen["reason"]) == ("refuse", reason)
        return seen

    def remember(self, order: Order) -> list[str]:
        """Keep the codes of an order that was sold before the gateway started."""
        self._codes |= {ticket.number: ticket.code.text for ticket in order.tickets}
        return [ticket.number for ticket in order.tickets]


def sold_days_ago(venue: Venue, days: int, *reminded: int) -> Order:
    """Sell by invoice so long ago, and look for what is due on some days since."""
    ago = [days]
    clock = Clock(lambda: CLOCK.wall_ns() - ago[0] * DAY_NS, CLOCK.boot_ns)
    office = BoxOffice.open(venue.data, clock, os.urandom)
    try:
        item = Item(venue.evening.tonight, FULL, STALLS, f"overdue {days}")
        order = office.orders.sell("Ines", "ines@example.org", [item], paid=False, language="es")
        for day in reminded:
            ago[0] = days - day
            assert office.invoices.process_due() == 1
        return order
    finally:
        office.close()


async def test_every_rule_of_cancelling_holds_at_a_lane(venue: Venue) -> None:
    overdue, recent = sold_days_ago(venue, 31, 10, 20), sold_days_ago(venue, 1)
    await venue.open()
    lane = await venue.enrolled("lane")
    await lane.start(*venue.streams)
    counter = Counter(venue, lane)
    await rule_1_whole_or_single(counter)
    await rule_2_the_seat_is_sold_again(counter)
    await rules_3_and_4_refund_commission_and_letter(counter, venue.evening.tonight)
    await rule_5_an_unpaid_order_is_remade(counter)
    await rule_6_unpaid_orders_are_cancelled(counter, overdue, recent)
    await rule_7_an_exchanged_ticket_names_the_new_one(counter)
    await rules_8_and_10_inside_cancelled_since_and_its_history(counter)
    await rule_9_taken_back(counter)


async def rule_1_whole_or_single(counter: Counter) -> None:
    first, second = await counter.sell(2)
    await counter.cancel(first)
    await counter.refused(first, "cancelled")
    await counter.admitted(second)
    third, fourth = await counter.sell(2)
    await counter.change(f"orders/{third.split('-')[0]}/cancel", WHY, REVOKED)
    await counter.refused(third, "cancelled")
    await counter.refused(fourth, "cancelled")


async def rule_2_the_seat_is_sold_again(counter: Counter) -> None:
    (old,) = await counter.sell(1, seat="AA1")
    await counter.cancel(old)
    (new,) = await counter.sell(1, seat="AA1")
    await counter.refused(old, "cancelled")
    await counter.admitted(new)


async def rules_3_and_4_refund_commission_and_letter(counter: Counter, scope: int) -> None:
    (number,) = await counter.sell(1)
    cancelled = await counter.cancel(number)
    assert (cancelled["refund"], cancelled["refunded"]) == ("card", 4000)
    assert number in cancelled["letter"]["body"]
    await counter.refused(number, "cancelled")
    accounts = await counter.office(f"performances/{scope}/accounts")
    (row,) = [row for row in accounts["taken_back"] if row["number"] == number]
    assert (row["refund"], row["reason"], row["commission"]) == ("card", "Unwell", 0)
    letters = f"orders/{cancelled['order']}/letters"
    assert (await counter.office(letters))["letters"] == []
    await counter.office(letters, {"tickets": [number]})

    async def written() -> bool:
        (letter,) = (await counter.office(letters))["letters"]
        return bool(letter["written"])

    await until(written)


async def rule_5_an_unpaid_order_is_remade(counter: Counter) -> None:
    first, second = await counter.sell(2, paid=False)
    with pytest.raises(AssertionError, match="Remake the order"):
        await counter.cancel(first)
    await counter.refused(first, "unpaid")
    order = first.split("-")[0]
    without = {"without": [first], "reason": "Ill"}
    made = await counter.change(f"orders/{order}/remake", without, SOLD, REVOKED)
    await counter.refused(first, "cancelled")
    await counter.refused(second, "cancelled")
    (new,) = await counter.keep(made["order"])
    await counter.refused(new, "unpaid")
    await counter.change(f"orders/{made['order']['number']}/paid", {"paid": True}, SOLD)
    await counter.admitted(new)


async def rule_6_unpaid_orders_are_cancelled(
    counter: Counter, overdue: Order, recent: Order
) -> None:
    (late,), (early,) = counter.remember(overdue), counter.remember(recent)
    await counter.refused(late, "cancelled")
    told = (await counter.office(f"orders/{overdue.number}/letters"))["letters"]
    assert [mail["kind"] for mail in told] == ["invoice", "reminder", "reminder", "expired"]
    assert {mail["language"] for mail in told} == {"es"}
    await counter.refused(early, "unpaid")
    await counter.change(f"orders/{recent.number}/paid", {"paid": True}, SOLD)
    await counter.admitted(early)


async def rule_7_an_exchanged_ticket_names_the_new_one(counter: Counter) -> None:
    (old,) = await counter.sell(1)
    why = {"reason": "Wrong row"}
    new = await counter.change(f"tickets/{old}/exchange", why, SOLD, REVOKED)
    await counter.keep({"tickets": [new]})
    refused = await counter.refused(old, "exchanged")
    assert refused["replacement"] == new["number"]
    await counter.admitted(new["number"])


async def rules_8_and_10_inside_cancelled_since_and_its_history(counter: Counter) -> None:
    (number,) = await counter.sell(1)
    await counter.admitted(number)
    await counter.forwarded()
    await counter.cancel(number)
    refused = await counter.refused(number, "cancelled")
    assert refused["next"] == "call_supervisor"
    assert refused["first_use"] is not None
    assert refused["since"] is not None
    (found,) = (await counter.office("search", {"text": number.lower()}))["orders"]
    assert str(found["number"]) == number.split("-")[0]
    ticket = await counter.office(f"tickets/{number}")
    assert ticket["inside"] == 1
    happened = [line["what"] for line in ticket["history"]]
    assert happened[0] == "sold"
    assert {"check_in", "cancelled"} <= set(happened)


async def rule_9_taken_back(counter: Counter) -> None:
    (number,) = await counter.sell(1, seat="BB1")
    await counter.cancel(number)
    await counter.refused(number, "cancelled")
    await counter.change(f"tickets/{number}/reactivate", {}, REVOKED)
    await counter.admitted(number)
    (old,) = await counter.sell(1, seat="CC1")
    await counter.cancel(old)
    await counter.sell(1, seat="CC1")
    with pytest.raises(AssertionError, match="is sold to ticket"):
        await counter.office(f"tickets/{old}/reactivate", {})
    await counter.refused(old, "cancelled")
