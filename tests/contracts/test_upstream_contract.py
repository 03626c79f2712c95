"""What every ticketing system behind `validator.ports.Upstream` must do."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler

from doubles.boxoffice.box import FULL, NOON, STANDING, TONIGHT, check_in, open_box
from doubles.clock.hand_clock import HandClock
from doubles.upstreams.fake_upstream import FakeUpstream
from doubles.upstreams.infomaniak_system import infomaniak_system
from doubles.upstreams.pretix_system import pretix_system
from validator.boxoffice import BoxOffice, Refund, create_app
from validator.errors import NotAllowed, RetryLater
from validator.keys import KeyRing
from validator.model import (
    CheckInId,
    Decision,
    Performance,
    RevocationKind,
    Serial,
    Tariff,
    TicketId,
)
from validator.ports import Changes, Upstream
from validator.upstreams.boxoffice import BoxOfficeUpstream


class System(Protocol):
    """A ticketing system with somebody working in it."""

    upstream: Upstream

    def sell(self, count: int) -> list[TicketId]: ...
    def cancel(self, ticket: TicketId) -> None: ...
    def take_back(self, ticket: TicketId) -> None: ...
    def spoil(self, ticket: TicketId) -> None: ...
    def mend(self, ticket: TicketId) -> None: ...
    def kept(self, ticket: TicketId) -> list[CheckInId]: ...
    async def go_down(self) -> None: ...
    def change_key(self) -> None: ...


class FakeSystem:
    def __init__(self) -> None:
        self.fake = FakeUpstream(page=50, now=NOON)
        self.upstream: Upstream = self.fake
        self.fake.put(Tariff(FULL, {"en": "Full price"}))
        self.fake.put(Performance(TONIGHT, "spring", "Spring", NOON, NOON, NOON))
        self._serial = 0

    def sell(self, count: int) -> list[TicketId]:
        first = self._serial + 1
        self._serial += count
        return [self.fake.sell(Serial(TONIGHT, first + place)) for place in range(count)]

    def cancel(self, ticket: TicketId) -> None:
        self.fake.cancel(ticket)

    def take_back(self, ticket: TicketId) -> None:
        self.fake.take_back(ticket)

    def spoil(self, ticket: TicketId) -> None:
        self.fake.spoil(ticket)

    def mend(self, ticket: TicketId) -> None:
        self.fake.mend(ticket)

    def kept(self, ticket: TicketId) -> list[CheckInId]:
        return [id for id, report in self.fake.kept.items() if report.check_in.ticket == ticket]

    async def go_down(self) -> None:
        self.fake.trouble = RetryLater("down")

    def change_key(self) -> None:
        self.fake.trouble = NotAllowed("key")


class BoxOfficeSystem:
    def __init__(self, office: BoxOffice, server: TestServer, spoiled: set[TicketId]) -> None:
        self._office, self._server, self._spoiled = office, server, spoiled
        self._numbers: dict[TicketId, str] = {}
        self._url = str(server.make_url("/"))
        self.client = BoxOfficeUpstream(self._url, "right", KeyRing({}, bytes(32)))
        self.upstream: Upstream = self.client

    def sell(self, count: int) -> list[TicketId]:
        tickets: list[TicketId] = []
        while len(tickets) < count:
            items = [STANDING] * min(500, count - len(tickets))
            for ticket in self._office.orders.sell("Ada", "", items).tickets:
                self._numbers[ticket.id] = ticket.number
                tickets.append(ticket.id)
        return tickets

    def cancel(self, ticket: TicketId) -> None:
        self._office.tickets.cancel([self._numbers[ticket]], Refund.NONE, "unwell")

    def take_back(self, ticket: TicketId) -> None:
        self._office.tickets.reactivate(self._numbers[ticket])

    def spoil(self, ticket: TicketId) -> None:
        self._spoiled.add(ticket)

    def mend(self, ticket: TicketId) -> None:
        self._spoiled.discard(ticket)

    def kept(self, ticket: TicketId) -> list[CheckInId]:
        return [scanned.id for scanned in self._office.check_ins.of(self._numbers[ticket])]

    async def go_down(self) -> None:
        await self._server.close()

    def change_key(self) -> None:
        self.upstream = BoxOfficeUpstream(self._url, "wrong", KeyRing({}, bytes(32)))


def spoiling(app: web.Application, spoiled: set[TicketId]) -> web.Application:
    """Have the rows of some tickets come broken."""

    @web.middleware
    async def broken(request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await handler(request)
        if not request.path.endswith("/changes") or not spoiled or answer.status != 200:
            return answer
        assert isinstance(answer, web.Response) and answer.text
        said = json.loads(answer.text)
        for row in said["changes"]:
            if row.get("id") in spoiled:
                row["admits"] = "many"
        return web.json_response(said)

    app.middlewares.insert(0, broken)
    return app


@pytest.fixture(params=["fake", "boxoffice", "pretix", "infomaniak"])
async def system(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[System]:
    if request.param == "fake":
        yield FakeSystem()
        return
    if request.param == "pretix":
        async with pretix_system(tmp_path) as pretix:
            yield pretix
        return
    if request.param == "infomaniak":
        async with infomaniak_system(tmp_path) as shop:
            yield shop
        return
    office = open_box(tmp_path, HandClock())
    spoiled: set[TicketId] = set()
    server = TestServer(spoiling(create_app(office, "right"), spoiled))
    async with server:
        box = BoxOfficeSystem(office, server, spoiled)
        yield box
        for upstream in (box.client, box.upstream):
            assert isinstance(upstream, BoxOfficeUpstream)
            await upstream.close()
    office.close()


async def everything(upstream: Upstream, cursor: str = "") -> list[Changes]:
    pages = [await upstream.changes(cursor)]
    while pages[-1].more:
        pages.append(await upstream.changes(pages[-1].cursor))
    return pages


async def test_an_empty_cursor_tells_all_there_is(system: System) -> None:
    tickets = system.sell(3)
    (page,) = await everything(system.upstream)
    assert [listing.ticket.id for listing in page.listings] == tickets
    assert {listing.ticket.source for listing in page.listings} == {system.upstream.source}
    assert any(isinstance(entry, Performance) for entry in page.entries)
    assert any(isinstance(entry, Tariff) for entry in page.entries)
    assert page.as_of == NOON


async def test_what_was_told_is_not_told_again(system: System) -> None:
    system.sell(2)
    (page,) = await everything(system.upstream)
    again = await system.upstream.changes(page.cursor)
    assert again == replace(Changes(page.cursor, NOON))


async def test_the_same_cursor_gives_the_same_answer_after_a_lost_one(system: System) -> None:
    system.sell(2)
    assert await system.upstream.changes("") == await system.upstream.changes("")


async def test_pages_have_no_gap_and_only_the_last_is_complete(system: System) -> None:
    tickets = system.sell(1200)
    pages = await everything(system.upstream)
    assert len(pages) > 1
    assert [listing.ticket.id for page in pages for listing in page.listings] == tickets
    assert [page.as_of for page in pages] == [None] * (len(pages) - 1) + [NOON]


async def test_a_cancellation_is_told_as_one(system: System) -> None:
    kept, gone = system.sell(2)
    (page,) = await everything(system.upstream)
    system.cancel(gone)
    news = await system.upstream.changes(page.cursor)
    assert [(row.target, row.kind) for row in news.revocations] == [
        (gone, RevocationKind.CANCELLED)
    ]
    assert kept not in news.lifted


async def test_a_cancellation_taken_back_is_lifted(system: System) -> None:
    (ticket,) = system.sell(1)
    system.cancel(ticket)
    (page,) = await everything(system.upstream)
    system.take_back(ticket)
    news = await system.upstream.changes(page.cursor)
    assert news.lifted == (ticket,)
    assert not news.revocations


async def test_of_a_cancellation_and_its_end_in_one_page_only_the_end_counts(
    system: System,
) -> None:
    (ticket,) = system.sell(1)
    system.cancel(ticket)
    system.take_back(ticket)
    (page,) = await everything(system.upstream)
    assert not page.revocations
    assert page.lifted == (ticket,)


async def test_a_cursor_of_another_system_begins_anew(system: System) -> None:
    tickets = system.sell(2)
    for foreign in ("999999-ffff", "1-ffffffffffffffff"):
        (page,) = await everything(system.upstream, foreign)
        assert [listing.ticket.id for listing in page.listings] == tickets


async def test_one_malformed_row_is_set_aside_and_everything_else_is_told(system: System) -> None:
    first, odd, gone = system.sell(3)
    system.spoil(odd)
    system.cancel(gone)
    (page,) = await everything(system.upstream)
    assert {first} <= {listing.ticket.id for listing in page.listings} <= {first, gone}
    assert gone in [row.target for row in page.revocations]
    assert len(page.aside) == 1 and page.aside[0].id and page.aside[0].why
    assert page.as_of is None


async def test_while_a_row_is_set_aside_no_pass_is_complete_and_cancellations_are_told(
    system: System,
) -> None:
    odd, *others = system.sell(4)
    system.spoil(odd)
    cursor, told = "", list[object]()
    for ticket in (None, *others):
        if ticket is not None:
            system.cancel(ticket)
        page = (await everything(system.upstream, cursor))[-1]
        cursor = page.cursor
        told += [row.target for row in page.revocations if row.target in others]
        assert len(page.aside) == 1 and page.as_of is None
    assert told == others


async def test_a_row_that_is_mended_is_told_and_the_pass_is_complete_again(system: System) -> None:
    odd, _ = system.sell(2)
    system.spoil(odd)
    (page,) = await everything(system.upstream)
    system.mend(odd)
    page = (await everything(system.upstream, page.cursor))[-1]
    assert [listing.ticket.id for listing in page.listings] == [odd]
    assert not page.aside and page.as_of == NOON


@pytest.mark.parametrize("broken", range(1, 16))
async def test_whichever_rows_are_malformed_the_others_are_told_then_all(
    system: System, broken: int
) -> None:
    tickets = system.sell(4)
    odd = [ticket for place, ticket in enumerate(tickets) if broken >> place & 1]
    for ticket in odd:
        system.spoil(ticket)
    (page,) = await everything(system.upstream)
    told = {listing.ticket.id for listing in page.listings}
    assert told == set(tickets) - set(odd)
    assert len(page.aside) == len(odd) and page.as_of is None
    for ticket in odd:
        system.mend(ticket)
    # They need not all be looked at again in one pass.
    for _ in odd:
        page = (await everything(system.upstream, page.cursor))[-1]
        told |= {listing.ticket.id for listing in page.listings}
    assert told == set(tickets)
    assert not page.aside and page.as_of is not None


async def test_check_ins_are_answered_in_order_and_kept(system: System) -> None:
    first, second = system.sell(2)
    reports = [check_in(2, second), check_in(1, first)]
    outcomes = await system.upstream.report(reports)
    assert [(row.id, row.accepted) for row in outcomes] == [
        (report.check_in.id, True) for report in reports
    ]
    assert system.kept(first) == [reports[1].check_in.id]


async def test_a_check_in_that_comes_twice_is_kept_once(system: System) -> None:
    (ticket,) = system.sell(1)
    report = check_in(1, ticket)
    await system.upstream.report([report])
    (outcome,) = await system.upstream.report([report])
    assert outcome.accepted
    assert system.kept(ticket) == [report.check_in.id]


async def test_another_check_in_under_a_known_id_is_refused(system: System) -> None:
    (ticket,) = system.sell(1)
    report = check_in(1, ticket)
    await system.upstream.report([report])
    other = replace(report, check_in=replace(report.check_in, count=3))
    (outcome,) = await system.upstream.report([other])
    assert not outcome.accepted
    assert outcome.why


async def test_one_bad_check_in_keeps_nobody_else_out(system: System) -> None:
    (ticket,) = system.sell(1)
    reports = [check_in(1, TicketId("7.999999")), check_in(2, ticket)]
    outcomes = await system.upstream.report(reports)
    assert [outcome.accepted for outcome in outcomes] == [False, True]
    assert outcomes[0].why
    assert system.kept(ticket) == [reports[1].check_in.id]


async def test_refusals_are_kept_beside_the_admission(system: System) -> None:
    (ticket,) = system.sell(1)
    reports = [
        check_in(1, ticket, decision=Decision.REFUSE),
        check_in(2, ticket),
        check_in(3, ticket, decision=Decision.REFUSE),
    ]
    assert all(outcome.accepted for outcome in await system.upstream.report(reports))
    assert system.kept(ticket) == [report.check_in.id for report in reports]


async def test_a_refusal_without_a_ticket_is_kept_too(system: System) -> None:
    (outcome,) = await system.upstream.report([check_in(1, None, decision=Decision.REFUSE)])
    assert outcome.accepted


async def test_a_system_that_is_down_says_try_later(system: System) -> None:
    (ticket,) = system.sell(1)
    await system.go_down()
    with pytest.raises(RetryLater):
        await system.upstream.changes("")
    with pytest.raises(RetryLater):
        await system.upstream.report([check_in(1, ticket)])


async def test_a_wrong_key_is_told_apart(system: System) -> None:
    (ticket,) = system.sell(1)
    system.change_key()
    with pytest.raises(NotAllowed):
        await system.upstream.changes("")
    with pytest.raises(NotAllowed):
        await system.upstream.report([check_in(1, ticket)])
