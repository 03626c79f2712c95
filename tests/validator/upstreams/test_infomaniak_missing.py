"""What a shop no longer shows: suspected, asked for, and cancelled only if it says so."""

from __future__ import annotations

import pytest

from doubles.upstreams.infomaniak_system import Follower, InfomaniakSystem, ticket_id


async def test_a_missing_ticket_is_asked_for_and_not_taken_for_cancelled(
    system: InfomaniakSystem, gateway: Follower
) -> None:
    tickets = system.shop.sell(5)
    await gateway.sync()
    tickets[2].shown = False
    system.hand.go(60_000)
    (page,) = await gateway.sync()
    assert not gateway.refused
    assert page.as_of is not None
    assert any(entry.path == "ticket/3" for entry in system.simulator.log)


async def test_a_missing_ticket_that_says_it_is_cancelled_is(
    system: InfomaniakSystem, gateway: Follower
) -> None:
    tickets = system.shop.sell(5)
    await gateway.sync()
    tickets[2].shown, tickets[2].status = False, "cancelled"
    (page,) = await gateway.sync()
    assert gateway.refused == {ticket_id(tickets[2])}
    assert page.inferred


async def test_a_ticket_that_is_unknown_twice_is_cancelled_and_until_then_the_look_is_incomplete(
    system: InfomaniakSystem, gateway: Follower
) -> None:
    tickets = system.shop.sell(5)
    await gateway.sync()
    system.shop.remove(tickets[2:3])
    (page,) = await gateway.sync()
    assert (page.as_of, gateway.refused) == (None, set())
    (page,) = await gateway.sync()
    assert page.as_of is not None
    assert gateway.refused == {ticket_id(tickets[2])}


async def test_one_that_comes_back_in_between_is_valid(
    system: InfomaniakSystem, gateway: Follower
) -> None:
    tickets = system.shop.sell(5)
    await gateway.sync()
    system.simulator.blind = True
    await gateway.sync()
    system.simulator.blind = False
    system.shop.remove(tickets[2:3])
    (page,) = await gateway.sync()
    assert (page.as_of, gateway.refused) == (None, set())


@pytest.mark.parametrize("count", [5, 300])
async def test_a_key_that_suddenly_sees_nothing_cancels_nobody(
    system: InfomaniakSystem, gateway: Follower, count: int, caplog: pytest.LogCaptureFixture
) -> None:
    system.shop.sell(count)
    await gateway.sync()
    known = gateway.as_of
    system.simulator.blind = True
    for _ in range(5):
        system.hand.go(60_000)
        await gateway.sync()
    assert not gateway.refused
    assert gateway.as_of == known
    assert "does not see any more" in system.alarms
    assert caplog.text.count("does not see any more") == 1
    system.simulator.blind = False
    await gateway.sync()
    assert gateway.as_of > known
    assert not system.alarms


async def test_many_missing_tickets_are_asked_for_little_by_little(
    system: InfomaniakSystem, gateway: Follower
) -> None:
    tickets = system.shop.sell(50)
    await gateway.sync()
    for ticket in tickets[5:]:
        ticket.shown, ticket.status = False, "cancelled"
    told = []
    for _ in range(3):
        (page,) = await gateway.sync()
        told.append((len(page.revocations), page.as_of is not None))
    assert told == [(20, False), (20, False), (5, True)]


async def test_tickets_of_a_performance_that_is_over_are_not_missed(
    system: InfomaniakSystem, gateway: Follower
) -> None:
    tickets = system.shop.sell(5)
    await gateway.sync()
    system.hand.go(3 * 3_600_000)
    system.shop.remove(tickets)
    (page,) = await gateway.sync()
    assert page.as_of is not None
    assert not gateway.refused


async def test_an_unknown_status_changes_nothing_and_raises_an_alarm(
    system: InfomaniakSystem, gateway: Follower, caplog: pytest.LogCaptureFixture
) -> None:
    known, new = system.shop.sell(2)
    new.status = "frozen"
    await gateway.sync()
    known.status = "frozen"
    for _ in range(3):
        await gateway.sync()
    assert set(gateway.listed) == {ticket_id(known)}
    assert not gateway.refused
    assert "'frozen' of 2 tickets" in system.alarms
    assert caplog.text.count("'frozen' of 2 tickets") == 1


async def test_words_for_statuses_are_configuration(
    system: InfomaniakSystem, gateway: Follower
) -> None:
    (ticket,) = system.shop.sell()
    await gateway.sync()
    ticket.status = "storno"
    system.opened(cancelled=("storno",))
    await gateway.sync()
    assert gateway.refused == {ticket_id(ticket)}


async def test_a_ticket_first_seen_cancelled_is_listed_and_refused_in_one_answer(
    system: InfomaniakSystem, gateway: Follower
) -> None:
    (ticket,) = system.shop.sell()
    ticket.status = "cancelled"
    (page,) = await gateway.sync()
    assert [row.ticket.id for row in page.listings] == [ticket_id(ticket)]
    assert gateway.refused == {ticket_id(ticket)}


async def test_cancellations_wait_for_the_end_of_the_look_and_come_together(
    system: InfomaniakSystem, gateway: Follower
) -> None:
    tickets = system.shop.sell(1200)
    await gateway.sync()
    for ticket in tickets[::100]:
        ticket.status = "cancelled"
    pages = await gateway.sync()
    assert [len(page.revocations) for page in pages] == [0] * (len(pages) - 1) + [12]


async def test_an_imported_ticket_that_is_missing_stays(
    system: InfomaniakSystem, gateway: Follower
) -> None:
    (imported,) = system.shop.sell(1, kind="imported")
    await gateway.sync()
    system.shop.remove([imported])
    known = gateway.as_of
    for _ in range(3):
        system.hand.go(60_000)
        await gateway.sync()
    assert gateway.as_of > known
    assert not gateway.refused
    assert "missing from the list" in system.alarms
