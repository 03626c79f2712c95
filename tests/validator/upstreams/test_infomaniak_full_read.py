"""Reading a shop from beginning to end: lists that move, errors in between, signing in."""

from __future__ import annotations

import pytest

from doubles.boxoffice.box import NOON
from doubles.upstreams.infomaniak_system import Follower, InfomaniakSystem, ticket_id
from simulators.infomaniak import Fault
from validator.errors import NotAllowed, RetryLater, WireError


@pytest.mark.parametrize("wrapped", ["", "data", "name"])
async def test_lists_may_be_bare_or_wrapped(
    system: InfomaniakSystem, gateway: Follower, wrapped: str
) -> None:
    system.simulator.wrapped = wrapped
    system.shop.sell(3)
    await gateway.sync()
    assert len(gateway.listed) == 3


@pytest.mark.parametrize("newest_first", [False, True])
async def test_a_service_that_gives_shorter_pages_is_read_to_the_end(
    system: InfomaniakSystem, gateway: Follower, newest_first: bool
) -> None:
    system.simulator.cap = 60
    system.shop.newest_first = newest_first
    system.shop.sell(250)
    await gateway.sync()
    assert len(gateway.listed) == 250
    assert gateway.as_of == NOON


async def test_a_list_that_shrinks_while_it_is_paged_hides_nobody(
    system: InfomaniakSystem, gateway: Follower
) -> None:
    tickets = system.shop.sell(1500)
    pages = 0

    def shrink() -> None:
        nonlocal pages
        pages += 1
        if pages == 2:
            system.shop.remove(tickets[:120])

    system.simulator.before_page = shrink
    await gateway.sync()
    assert {ticket_id(ticket) for ticket in tickets[120:]} <= set(gateway.listed)
    assert not gateway.refused


async def test_a_list_that_never_holds_still_is_no_complete_look(
    system: InfomaniakSystem, gateway: Follower
) -> None:
    system.simulator.cap = 30
    tickets = system.shop.sell(60 * 60)
    pages = 0

    def churn() -> None:
        nonlocal pages
        pages += 1
        for place, ticket in enumerate(tickets):
            ticket.shown = place // 60 == pages

    system.simulator.before_page = churn
    await gateway.sync()
    assert gateway.as_of == 0
    assert not gateway.refused
    assert "moved too much" in system.alarms


async def test_the_age_of_what_is_known_is_the_time_that_a_look_takes(
    system: InfomaniakSystem, gateway: Follower
) -> None:
    system.simulator.cap = 30
    system.shop.sell(1000)
    await gateway.sync()
    began = system.hand.clock.now()
    await gateway.sync()
    assert gateway.as_of == began
    assert 2 * 60_000 <= system.hand.clock.now() - began <= 3 * 60_000


async def test_an_answer_that_is_no_json_changes_nothing(
    system: InfomaniakSystem, gateway: Follower
) -> None:
    system.shop.sell(2)
    await gateway.sync()
    system.simulator.fault = lambda _: Fault.GARBLED
    with pytest.raises(WireError):
        await gateway.sync()
    system.simulator.fault = lambda _: Fault.NONE
    await gateway.sync()
    assert not gateway.refused


async def test_an_error_in_the_middle_goes_on_where_it_was(
    system: InfomaniakSystem, gateway: Follower
) -> None:
    system.shop.sell(2000)
    failed = 0

    def every_third(request: object) -> Fault:
        nonlocal failed
        failed += 1
        return Fault.BUSY if failed % 3 == 0 else Fault.NONE

    system.simulator.fault = every_third
    for _ in range(50):
        try:
            await gateway.sync()
            break
        except RetryLater:
            pass
    assert len(gateway.listed) == 2000
    assert len(system.simulator.log) < 25


async def test_a_lost_answer_is_told_again_and_an_old_memory_begins_anew(
    system: InfomaniakSystem, gateway: Follower
) -> None:
    system.shop.sell(3)
    lost = await system.upstream.changes("")
    assert await system.upstream.changes("") == lost
    gateway.take(lost)
    system.shop.sell(1)
    lost = await system.upstream.changes(gateway.cursor)
    assert len(lost.listings) == 1
    again = await system.upstream.changes(gateway.cursor)
    assert (again.cursor, again.listings) == (lost.cursor, lost.listings)
    system.opened()
    again = await system.upstream.changes(gateway.cursor)
    assert again.listings == lost.listings


async def test_too_many_requests_is_waited_for_and_both_parts_hold(
    system: InfomaniakSystem, gateway: Follower
) -> None:
    for _ in range(60):
        system.simulator._recent.append(system.hand.clock.boot_s())
    with pytest.raises(RetryLater) as error:
        await gateway.sync()
    assert error.value.after_s is not None
    assert 59 <= error.value.after_s <= 61
    await gateway.sync()
    assert [entry.status for entry in system.simulator.log].count(429) == 1


async def test_signing_in_with_user_and_password_gives_a_credential(
    system: InfomaniakSystem, gateway: Follower
) -> None:
    system.shop.sell(2)
    system.opened(authorization="", user="organiser", password="application-password")
    await gateway.sync()
    assert len(gateway.listed) == 2
    system.simulator.credential = "revoked"
    with pytest.raises(NotAllowed):
        await gateway.sync()
    system.hand.go(11 * 60_000)
    await gateway.sync()
    assert system.simulator.logins == 2


async def test_a_wrong_password_is_not_tried_again_and_again(system: InfomaniakSystem) -> None:
    system.opened(authorization="", user="organiser", password="wrong")
    for _ in range(5):
        with pytest.raises(NotAllowed):
            await system.upstream.changes("")
    assert [entry.path for entry in system.simulator.log].count("login") == 1
