"""The forwarder: nothing lost, nothing blocked, each ticket's check-ins in order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest

from doubles.boxoffice.box import TONIGHT, check_in
from doubles.clock.hand_clock import HandClock
from doubles.clock.rests import Rests, running
from doubles.upstreams.fake_upstream import FakeUpstream
from validator.errors import FixRequest, NotAllowed, RetryLater
from validator.gateway.host.retry_loop import BackOff
from validator.gateway.sources.forwarder import Forwarder
from validator.model import CheckInId, Serial, TicketId
from validator.ports import Outcome, Report


class Outbox:
    """The committer's durable outbox."""

    def __init__(self) -> None:
        self.rows: dict[CheckInId, Report] = {}
        self.places: list[CheckInId] = []
        self.asked: list[CheckInId | None] = []
        self.most = 0
        self.answers: dict[CheckInId, Outcome] = {}
        self.trouble: Exception | None = None

    def owe(self, *reports: Report) -> None:
        self.rows |= {report.check_in.id: report for report in reports}
        self.places += [report.check_in.id for report in reports]

    async def owed(
        self, source: str, limit: int, since: CheckInId | None = None
    ) -> tuple[Report, ...]:
        assert source == "fake"
        self.asked.append(since)
        places = self.places[self.places.index(since) if since else 0 :]
        found = tuple(self.rows[id] for id in places if id in self.rows)[:limit]
        self.most = max(self.most, len(found))
        return found

    async def settle(self, source: str, outcomes: Sequence[Outcome]) -> None:
        assert source == "fake"
        if self.trouble:
            raise self.trouble
        for outcome in outcomes:
            del self.rows[outcome.id]
            self.answers[outcome.id] = outcome


class Delivery:
    """A forwarder with everything around it in the test's hands."""

    def __init__(self) -> None:
        self.upstream = FakeUpstream()
        self.outbox = Outbox()
        self.rests = Rests()
        self.hand = HandClock()
        back_off = BackOff(self.rests.sleep, self.rests.jitter)
        self.forwarder = Forwarder(self.upstream, self.outbox, self.hand.clock, back_off)

    def owe(self, tickets: int, each: int = 1, first: int = 1) -> list[Report]:
        """Owe check-ins of some tickets, one ticket after the other, in turns."""
        sold = [self.upstream.sell(Serial(TONIGHT, first + place)) for place in range(tickets)]
        reports = [
            check_in(turn * 1000 + place + first, ticket)
            for turn in range(each)
            for place, ticket in enumerate(sold)
        ]
        self.outbox.owe(*reports)
        return reports

    def running(self) -> AbstractAsyncContextManager[None]:
        return running(self.forwarder.run())


@pytest.fixture
def delivery() -> Delivery:
    return Delivery()


def ids(reports: Sequence[Report]) -> list[CheckInId]:
    return [report.check_in.id for report in reports]


async def test_all_that_is_owed_is_delivered_in_batches(delivery: Delivery) -> None:
    reports = delivery.owe(450)
    async with delivery.running():
        assert await delivery.rests.next() == 30.0
    assert [len(batch) for batch in delivery.upstream.deliveries] == [200, 200, 50]
    assert list(delivery.upstream.kept) == ids(reports)
    assert not delivery.outbox.rows


async def test_a_wake_up_delivers_at_once(delivery: Delivery) -> None:
    async with delivery.running():
        await delivery.rests.next()
        delivery.owe(1)
        delivery.forwarder.wake()
        await delivery.rests.next()
    assert len(delivery.upstream.kept) == 1


async def test_an_item_refused_for_good_is_kept_with_its_answer(delivery: Delivery) -> None:
    bad = check_in(1, TicketId("7.999"))
    delivery.outbox.owe(bad)
    good = delivery.owe(2, first=2)
    async with delivery.running():
        await delivery.rests.next()
    assert list(delivery.upstream.kept) == ids(good)
    answer = delivery.outbox.answers[bad.check_in.id]
    assert (answer.accepted, answer.why) == (False, "This ticket was not sold here.")


async def test_while_the_system_is_down_everything_is_kept_in_order(delivery: Delivery) -> None:
    reports = delivery.owe(3, each=2)
    delivery.upstream.trouble = RetryLater("down")
    waits: list[float] = []
    async with delivery.running():
        for _ in range(4):
            waits.append(await delivery.rests.next())
            delivery.rests.end()
        await delivery.rests.next()
        assert ids(list(delivery.outbox.rows.values())) == ids(reports)
        delivery.upstream.trouble = None
        delivery.rests.end()
        await delivery.rests.next()
    assert waits == [0.5, 1, 2, 4]
    assert len(delivery.upstream.kept) == 6
    for ticket in {report.check_in.ticket for report in reports}:
        arrived = [row for row in delivery.upstream.kept.values() if row.check_in.ticket == ticket]
        assert arrived == [row for row in reports if row.check_in.ticket == ticket]


async def test_a_system_that_is_down_is_not_asked_item_by_item(delivery: Delivery) -> None:
    delivery.owe(200)
    delivery.upstream.trouble = RetryLater("down")
    async with delivery.running():
        await delivery.rests.next()
        first_round = len(delivery.upstream.deliveries)
        delivery.rests.end()
        await delivery.rests.next()
    assert first_round == 3
    assert len(delivery.upstream.deliveries) == 5


async def test_a_rush_of_guests_does_not_hammer_a_system_that_is_down(delivery: Delivery) -> None:
    delivery.owe(5)
    delivery.upstream.trouble = RetryLater("down")
    async with delivery.running():
        await delivery.rests.next()
        asked = len(delivery.upstream.deliveries)
        for _ in range(20):
            delivery.forwarder.wake()
            await asyncio.sleep(0)
        assert (delivery.rests.waiting, len(delivery.upstream.deliveries)) == (1, asked)
        assert delivery.forwarder.trouble
        delivery.upstream.trouble = None
        delivery.rests.end()
        await delivery.rests.next()
    assert len(delivery.upstream.kept) == 5
    assert delivery.forwarder.trouble is None


async def test_poison_blocks_nobody_else(delivery: Delivery) -> None:
    reports = delivery.owe(20)
    delivery.upstream.poison = {reports[7].check_in.id}
    async with delivery.running():
        assert await delivery.rests.next() == 30.0
    assert len(delivery.upstream.kept) == 19
    assert list(delivery.outbox.rows) == [reports[7].check_in.id]


@pytest.mark.parametrize("bad", [(0,), (0, 1), (0, 1, 2, 3), (5, 6, 7), (18, 19), (0, 19)])
async def test_poison_side_by_side_blocks_nobody_else(
    delivery: Delivery, bad: tuple[int, ...]
) -> None:
    reports = delivery.owe(20)
    delivery.upstream.poison = {reports[place].check_in.id for place in bad}
    async with delivery.running():
        for _ in range(12):
            await delivery.rests.next()
            delivery.rests.end()
    good = [report for place, report in enumerate(reports) if place not in bad]
    assert set(delivery.upstream.kept) == set(ids(good))
    assert set(delivery.outbox.rows) == delivery.upstream.poison


async def test_a_poisoned_tickets_later_check_ins_wait_for_it(delivery: Delivery) -> None:
    reports = delivery.owe(3, each=2)
    delivery.upstream.poison = {reports[0].check_in.id}
    async with delivery.running():
        await delivery.rests.next()
    held = list(delivery.outbox.rows.values())
    assert ids(held) == [reports[0].check_in.id, reports[3].check_in.id]


async def test_what_was_set_aside_is_tried_again_and_goes_through(delivery: Delivery) -> None:
    reports = delivery.owe(3)
    delivery.upstream.poison = {reports[0].check_in.id}
    async with delivery.running():
        await delivery.rests.next()
        delivery.upstream.poison.clear()
        delivery.rests.end()
        await delivery.rests.next()
        assert len(delivery.outbox.rows) == 1
        delivery.hand.go(61_000)
        delivery.rests.end()
        await delivery.rests.next()
    assert not delivery.outbox.rows


async def test_more_poison_than_a_batch_holds_is_passed_by(delivery: Delivery) -> None:
    bad = delivery.owe(1, each=300)
    good = delivery.owe(4, first=2)
    delivery.upstream.poison = set(ids(bad))
    more = delivery.owe(2, first=10)
    async with delivery.running():
        for _ in range(8):
            delivery.forwarder.wake()
            await delivery.rests.next()
            delivery.rests.end()
    assert set(delivery.upstream.kept) == set(ids(good)) | set(ids(more))


async def test_a_bad_ticket_of_many_check_ins_does_not_bring_the_whole_outbox_into_memory(
    delivery: Delivery,
) -> None:
    reports = delivery.owe(2, each=1500)
    delivery.upstream.poison = set(ids(reports[::2]))
    async with delivery.running():
        assert await delivery.rests.next() == 30.0
    assert list(delivery.upstream.kept) == ids(reports[1::2])
    assert delivery.outbox.most <= 400


async def test_a_ticket_that_was_set_aside_and_is_owed_no_more_is_forgotten(
    delivery: Delivery,
) -> None:
    reports = delivery.owe(3)
    bad = reports[0].check_in.id
    delivery.upstream.poison = {bad}
    async with delivery.running():
        await delivery.rests.next()
        del delivery.outbox.rows[bad]
        for _ in range(3):
            delivery.hand.go(3_600_000)
            delivery.rests.end()
            await delivery.rests.next()
        assert delivery.outbox.asked.count(bad) == 1
        again = replace(reports[0], check_in=replace(reports[0].check_in, id=CheckInId("z")))
        delivery.outbox.owe(again)
        delivery.rests.end()
        await delivery.rests.next()
    assert CheckInId("z") in delivery.upstream.kept


async def test_retry_after_is_waited_for_even_when_woken(delivery: Delivery) -> None:
    delivery.owe(5)
    delivery.upstream.trouble = RetryLater("slowly", after_s=42.0)
    async with delivery.running():
        assert await delivery.rests.next() == 42.0
        delivery.forwarder.wake()
        assert delivery.rests.waiting == 1
        assert len(delivery.upstream.deliveries) == 1
        delivery.upstream.trouble = None
        delivery.rests.end()
        await delivery.rests.next()
    assert len(delivery.upstream.kept) == 5


async def test_a_wrong_key_backs_off_without_blaming_the_items(delivery: Delivery) -> None:
    delivery.owe(5)
    delivery.upstream.trouble = NotAllowed("wrong key")
    async with delivery.running():
        assert await delivery.rests.next() == 0.5
    assert len(delivery.upstream.deliveries) == 1
    assert len(delivery.outbox.rows) == 5


async def test_an_answer_that_was_lost_sends_the_same_again(delivery: Delivery) -> None:
    reports = delivery.owe(2)
    delivery.outbox.trouble = FixRequest("the gateway's disk")
    async with delivery.running():
        await delivery.rests.next()
        assert len(delivery.upstream.kept) == 2
        delivery.outbox.trouble = None
        delivery.rests.end()
        await delivery.rests.next()
    assert not delivery.outbox.rows
    assert list(delivery.upstream.kept) == ids(reports)
    assert all(answer.accepted for answer in delivery.outbox.answers.values())


async def test_nothing_about_guests_is_logged(
    delivery: Delivery, caplog: pytest.LogCaptureFixture
) -> None:
    reports = delivery.owe(3)
    delivery.upstream.poison = {reports[0].check_in.id}
    async with delivery.running():
        await delivery.rests.next()
    assert reports[0].check_in.id in caplog.text
    assert "no adapter foresaw" not in caplog.text
