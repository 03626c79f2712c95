"""Check-ins on their way to a shop: told once, whatever becomes of the answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from doubles.boxoffice.box import check_in
from doubles.upstreams.infomaniak_system import InfomaniakSystem, infomaniak_system, ticket_id
from simulators.infomaniak import Fault
from simulators.infomaniak_shop import ShopTicket
from validator.errors import NotAllowed, RetryLater
from validator.model import Decision, Direction, Kind, TicketId
from validator.ports import Outcome, Report


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[InfomaniakSystem]:
    async with infomaniak_system(tmp_path) as opened:
        yield opened


@pytest.fixture
async def ticket(system: InfomaniakSystem) -> ShopTicket:
    (sold,) = system.shop.sell()
    await system.upstream.changes("")
    return sold


def went(ticket: ShopTicket) -> list[str]:
    return [what for what, _ in ticket.scans]


def fails(system: InfomaniakSystem, *faults: Fault, on: str = "PUT") -> None:
    """Let the next requests of a method fail, one after the other."""
    left = list(faults)

    def fault(request: web.Request) -> Fault:
        return left.pop(0) if left and request.method == on else Fault.NONE

    system.simulator.fault = fault


async def told(system: InfomaniakSystem, report: Report) -> Outcome:
    (outcome,) = await system.upstream.report([report])
    return outcome


async def test_entry_exit_and_return_go_to_their_end_points(
    system: InfomaniakSystem, ticket: ShopTicket
) -> None:
    id = ticket_id(ticket)
    reports = [
        check_in(1, id),
        check_in(2, id, direction=Direction.EXIT),
        check_in(3, id),
        check_in(4, id, direction=Direction.EXIT),
    ]
    assert all(outcome.accepted for outcome in await system.upstream.report(reports))
    assert went(ticket) == ["scan", "scan-out", "scan-in", "scan-out"]


async def test_a_refusal_is_no_scan(system: InfomaniakSystem, ticket: ShopTicket) -> None:
    assert (await told(system, check_in(1, ticket_id(ticket), decision=Decision.REFUSE))).accepted
    assert went(ticket) == []


async def test_an_undone_entry_goes_out_again(system: InfomaniakSystem, ticket: ShopTicket) -> None:
    entry = check_in(1, ticket_id(ticket))
    undo = check_in(2, ticket_id(ticket), kind=Kind.UNDO, of=entry.check_in.id)
    await system.upstream.report([entry, undo])
    assert went(ticket) == ["scan", "scan-out"]


async def test_an_undo_of_what_was_never_told_is_nothing(
    system: InfomaniakSystem, ticket: ShopTicket
) -> None:
    refused = check_in(1, ticket_id(ticket), decision=Decision.REFUSE)
    undo = check_in(2, ticket_id(ticket), kind=Kind.UNDO, of=refused.check_in.id)
    assert all(outcome.accepted for outcome in await system.upstream.report([refused, undo]))
    assert went(ticket) == []


async def test_a_held_entry_is_told_once_the_guest_has_passed(
    system: InfomaniakSystem, ticket: ShopTicket
) -> None:
    hold = check_in(1, ticket_id(ticket), kind=Kind.HOLD)
    await told(system, hold)
    assert went(ticket) == []
    await told(system, check_in(2, ticket_id(ticket), kind=Kind.CONFIRM, of=hold.check_in.id))
    assert went(ticket) == ["scan"]


async def test_a_guest_who_did_not_pass_is_not_told(
    system: InfomaniakSystem, ticket: ShopTicket
) -> None:
    hold = check_in(1, ticket_id(ticket), kind=Kind.HOLD)
    await told(system, hold)
    await told(system, check_in(2, ticket_id(ticket), kind=Kind.RELEASE, of=hold.check_in.id))
    assert went(ticket) == []


@pytest.mark.parametrize("marks", ["used", ""])
async def test_a_scan_whose_answer_was_lost_is_not_done_twice(
    system: InfomaniakSystem, ticket: ShopTicket, marks: str
) -> None:
    system.shop.marks_used = marks
    fails(system, Fault.LOST)
    outcome = await told(system, check_in(1, ticket_id(ticket)))
    assert (outcome.accepted, outcome.why, outcome.conflict) == (True, "", False)
    assert went(ticket) == ["scan"]


@pytest.mark.parametrize("marks", ["used", ""])
async def test_nor_when_the_gateway_starts_again_in_between(
    system: InfomaniakSystem, ticket: ShopTicket, marks: str
) -> None:
    system.shop.marks_used = marks
    report = check_in(1, ticket_id(ticket))

    def lost_and_down(request: web.Request) -> Fault:
        system.simulator.down = request.method == "PUT"
        return Fault.LOST if system.simulator.down else Fault.NONE

    system.simulator.fault = lost_and_down
    with pytest.raises(RetryLater):
        await told(system, report)
    assert went(ticket) == ["scan"]
    system.simulator.down, system.simulator.fault = False, lambda _: Fault.NONE
    system.opened()
    outcome = await told(system, report)
    assert (outcome.accepted, outcome.why, outcome.conflict) == (True, "", False)
    assert went(ticket) == ["scan"]


async def test_a_lost_exit_and_a_lost_return_are_not_done_twice(
    system: InfomaniakSystem, ticket: ShopTicket
) -> None:
    id = ticket_id(ticket)
    fails(system, Fault.NONE, Fault.LOST, Fault.NONE, Fault.LOST)
    reports = [check_in(1, id), check_in(2, id, direction=Direction.EXIT), check_in(3, id)]
    assert all(outcome.accepted for outcome in await system.upstream.report(reports))
    assert went(ticket) == ["scan", "scan-out", "scan-in"]


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.BROKEN, Fault.DROPPED])
async def test_a_scan_that_did_not_arrive_is_sent_again(
    system: InfomaniakSystem, ticket: ShopTicket, fault: Fault
) -> None:
    fails(system, fault)
    assert (await told(system, check_in(1, ticket_id(ticket)))).accepted
    assert went(ticket) == ["scan"]


async def test_a_service_that_asks_to_wait_is_not_asked_again_at_once(
    system: InfomaniakSystem, ticket: ShopTicket
) -> None:
    fails(system, Fault.WAIT)
    with pytest.raises(RetryLater) as error:
        await told(system, check_in(1, ticket_id(ticket)))
    assert error.value.after_s == 120
    assert [entry.method for entry in system.simulator.log].count("PUT") == 1


async def test_a_lost_scan_of_an_imported_ticket_which_can_not_be_asked_for(
    system: InfomaniakSystem,
) -> None:
    (imported,) = system.shop.sell(1, kind="imported")
    await system.upstream.changes("")
    fails(system, Fault.LOST)
    outcome = await told(system, check_in(1, ticket_id(imported)))
    assert (outcome.accepted, outcome.why) == (True, "")
    assert went(imported) == ["scan"]


async def test_an_entry_with_the_shops_own_scanner_comes_in_as_a_use(
    system: InfomaniakSystem, ticket: ShopTicket
) -> None:
    cursor = (await system.upstream.changes("")).cursor
    system.shop.scanned(ticket, "scan", system.hand.clock.now())
    news = await system.upstream.changes(cursor)
    (use,) = news.uses
    assert (use.ticket, use.performance, use.direction) == (
        ticket_id(ticket),
        ticket.date,
        Direction.ENTRY,
    )
    assert (use.count, use.at) == (1, system.hand.clock.now())
    again = await system.upstream.changes(cursor)
    assert again.uses == news.uses
    assert not (await system.upstream.changes(news.cursor)).uses


@pytest.mark.parametrize("fault", [Fault.NONE, Fault.LOST])
async def test_our_own_entry_that_comes_back_as_used_is_no_second_one(
    system: InfomaniakSystem, ticket: ShopTicket, fault: Fault
) -> None:
    cursor = (await system.upstream.changes("")).cursor
    fails(system, fault)
    await told(system, check_in(1, ticket_id(ticket)))
    assert ticket.status == "used"
    assert not (await system.upstream.changes(cursor)).uses


async def test_a_ticket_that_was_let_in_there_before_is_a_conflict_and_kept(
    system: InfomaniakSystem, ticket: ShopTicket
) -> None:
    system.shop.scanned(ticket, "scan", system.hand.clock.now())
    outcome = await told(system, check_in(1, ticket_id(ticket)))
    assert (outcome.accepted, outcome.conflict) == (True, True)
    assert "already" in outcome.why


async def test_a_scan_that_is_refused_for_good_says_why_without_its_text(
    system: InfomaniakSystem, ticket: ShopTicket
) -> None:
    ticket.status = "cancelled"
    report = check_in(1, ticket_id(ticket))
    outcome = await told(system, report)
    assert (outcome.accepted, outcome.why) == (
        False,
        "Infomaniak refuses it with status 409 (error code ticket_cancelled).",
    )
    ticket.status = "valid"
    assert (await told(system, report)).accepted


async def test_one_ticket_that_is_forbidden_keeps_no_other_out(
    system: InfomaniakSystem, ticket: ShopTicket
) -> None:
    (other,) = system.shop.sell()
    system.simulator.forbidden = {ticket.code}
    reports = [check_in(1, ticket_id(ticket)), check_in(2, ticket_id(other))]
    assert [outcome.accepted for outcome in await system.upstream.report(reports)] == [False, True]


async def test_a_key_that_may_not_scan_any_more_refuses_nothing_for_good(
    system: InfomaniakSystem, ticket: ShopTicket
) -> None:
    system.simulator.counter_key = "another"
    with pytest.raises(NotAllowed):
        await told(system, check_in(1, ticket_id(ticket)))
    system.simulator.counter_key = "counter-key"
    assert (await told(system, check_in(1, ticket_id(ticket)))).accepted


async def test_a_ticket_that_was_never_listed_is_looked_up(system: InfomaniakSystem) -> None:
    (ticket,) = system.shop.sell()
    assert (await told(system, check_in(1, ticket_id(ticket)))).accepted
    assert went(ticket) == ["scan"]
    unknown = await told(system, check_in(2, TicketId("infomaniak:ticket-999")))
    assert not unknown.accepted
    assert unknown.why


async def test_a_request_that_takes_too_long_is_tried_later(
    system: InfomaniakSystem, ticket: ShopTicket
) -> None:
    gate = asyncio.Event()

    async def for_ever(_: float) -> None:
        await gate.wait()

    system.simulator.sleep = for_ever
    system.simulator.fault = lambda _: Fault.SLOW
    system.opened(timeout_s=0.1)
    with pytest.raises(RetryLater):
        await told(system, check_in(1, ticket_id(ticket)))
    gate.set()


async def test_a_request_is_sent_once_when_the_connection_breaks(
    system: InfomaniakSystem, ticket: ShopTicket
) -> None:
    before = len(system.simulator.log)
    system.simulator.fault = lambda _: Fault.DROPPED
    with pytest.raises(RetryLater):
        await system.upstream.changes("")
    assert len(system.simulator.log) == before + 1
