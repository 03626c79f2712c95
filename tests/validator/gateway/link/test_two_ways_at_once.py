"""One device that asks on two ways at once: an entry is confirmed to it once."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from doubles.gateway.live import CLOCK, Device, LiveGateway
from doubles.gateway.raw_wire import GATE, Wire, new_id, welcomed
from validator.boxoffice import Item
from validator.model import Assurance, CheckInId, Direction, Scan
from validator.wire.json import verdict_json
from validator.wire.messages import Claimed, ClaimRequest

pytestmark = pytest.mark.asyncio(loop_scope="module")

TICKETS = 300
AT_ONCE = 8


def sold(live: LiveGateway, count: int) -> list[str]:
    """Sell single tickets; return their codes."""
    office, item = live.daemon.gateway.office, Item(live.evening.tonight, 1)
    orders = [office.orders.sell("Guest", "", [item] * 10) for _ in range(count // 10)]
    return [ticket.codes[-1].text for order in orders for ticket in order.tickets]


class OverLink:
    """A link on which answers come in any order."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._answers: dict[CheckInId, asyncio.Future[dict[str, Any]]] = {}

    async def run(self) -> None:
        while True:
            told = await self._wire.hear(Claimed)
            self._answers[told.id].set_result(verdict_json(told.id, told.verdict))

    async def ask(self, code: str, id: CheckInId | None = None) -> dict[str, Any]:
        scan = Scan(id or new_id(), code, CLOCK.now())
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[scan.id] = answer
        await self._wire.say(ClaimRequest(scan, GATE, Direction.ENTRY))
        async with asyncio.timeout(20):
            return await answer


async def over_http(live: LiveGateway, device: Device, code: str) -> dict[str, Any]:
    body = {"code": code, "gate": GATE}
    status, answer = await live.call("POST", "/api/v1/check-ins", body, device.token, tls=True)
    assert status == 200, answer
    return dict(answer)


def confirmed(verdicts: Iterable[dict[str, Any]]) -> int:
    return sum(
        each["decision"] in ("admit", "check") and each["assurance"] == Assurance.CONFIRMED
        for each in verdicts
    )


async def test_no_ticket_is_confirmed_twice_over_link_and_http_with_one_token(
    live: LiveGateway,
) -> None:
    device, codes = await live.enrolled(), sold(live, TICKETS)
    turns = asyncio.Semaphore(AT_ONCE)
    found: list[list[dict[str, Any]]] = []

    async def race(lane: OverLink, place: int, code: str) -> None:
        ways = [lane.ask(code), over_http(live, device, code)]
        async with turns:
            found.append(await asyncio.gather(*(ways if place % 2 else ways[::-1])))

    async with welcomed(live, device) as wire:
        lane = OverLink(wire)
        hearing = asyncio.create_task(lane.run())
        await asyncio.gather(*(race(lane, place, code) for place, code in enumerate(codes)))
        hearing.cancel()
    assert len(found) == TICKETS
    assert {confirmed(pair) for pair in found} == {1}
    others = [each for pair in found for each in pair if not confirmed([each])]
    assert len(others) == TICKETS, "and the other answer says what it is"
    assert {each["assurance"] for each in others if each["decision"] == "admit"} <= {"provisional"}


async def test_no_ticket_is_confirmed_twice_over_a_second_link(live: LiveGateway) -> None:
    device, codes = await live.enrolled(), sold(live, 30)
    verdicts: dict[str, list[dict[str, Any]]] = {code: [] for code in codes}

    async def ask_all(wire: Wire) -> None:
        lane = OverLink(wire)
        hearing = asyncio.create_task(lane.run())
        for code in codes:
            verdicts[code].append(await lane.ask(code))
        hearing.cancel()

    async with welcomed(live, device) as first:
        await ask_all(first)
        # The first is still open when the second comes; the gateway closes it.
        async with welcomed(live, device) as second:
            await ask_all(second)
    assert {confirmed(asked) for asked in verdicts.values()} == {1}
    assert all(each["decision"] == "admit" for asked in verdicts.values() for each in asked), (
        "a guest who was never lit is not told that the ticket is used"
    )


async def test_an_answer_that_was_lost_is_the_same_on_the_next_link(live: LiveGateway) -> None:
    device, (code, *_) = await live.enrolled(), sold(live, 10)
    id = new_id()
    answers = []
    for _ in range(2):
        async with welcomed(live, device) as wire:
            lane = OverLink(wire)
            hearing = asyncio.create_task(lane.run())
            answers.append(await lane.ask(code, id))
            hearing.cancel()
    assert answers[0] == answers[1]
    assert confirmed(answers) == 2, "one id, one entry, told twice"


async def test_an_answer_over_http_that_was_lost_is_the_same_again(live: LiveGateway) -> None:
    device, (code, *_) = await live.enrolled(), sold(live, 10)
    body = {"code": code, "gate": GATE, "id": new_id()}
    first = await live.call("POST", "/api/v1/check-ins", body, device.token, tls=True)
    again = await live.call("POST", "/api/v1/check-ins", body, device.token, tls=True)
    assert first == again
    assert confirmed([first[1]]) == 1
