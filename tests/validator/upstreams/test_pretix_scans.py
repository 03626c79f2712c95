"""Check-ins on their way to pretix: what it can express, and what becomes of the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from doubles.boxoffice.box import NOON, check_in
from doubles.upstreams.pretix_system import PretixSystem, pretix_system
from simulators.pretix_desk import VIP
from validator.clock import MINUTE_MS, Instant
from validator.errors import RetryLater
from validator.model import (
    CheckIn,
    CheckInId,
    CodeId,
    Decision,
    Direction,
    Gate,
    Kind,
    Reason,
    TicketId,
    uuid7,
)
from validator.ports import Outcome, Report


class Lane:
    """A lane at the VIP door, and what pretix hears of it."""

    def __init__(self, system: PretixSystem, door: int) -> None:
        self.system, self.desk, self.door = system, system.desk, door

    def sold(self) -> int:
        """Sell a ticket; return its position."""
        return int(self.desk.sell()[0]["id"])

    def shown(self, position: int | None, place: int = 1, **changes: object) -> CheckIn:
        """Return an entry."""
        ticket = None if position is None else TicketId(f"pretix:{position}")
        event = check_in(place, ticket).check_in
        event = replace(event, gate="pretix-2", performance=self.door)
        return replace(event, **changes)  # type: ignore[arg-type]

    async def report(self, *check_ins: CheckIn) -> list[Outcome]:
        """Hand over."""
        reports = [Report(event, "C00000-1") for event in check_ins]
        return list(await self.system.upstream.report(reports))


@pytest.fixture
async def lane(tmp_path: Path) -> AsyncIterator[Lane]:
    async with pretix_system(tmp_path) as system:
        page = await system.upstream.changes("")
        (gate,) = (e for e in page.entries if isinstance(e, Gate) and e.id == f"pretix-{VIP}")
        yield Lane(system, gate.performances[0])


def after(event: CheckIn, kind: Kind, minutes: float, count: int = 0) -> CheckIn:
    at = Instant(round(event.at + minutes * MINUTE_MS))
    return event.followed(kind, uuid7(at, kind.value.encode().ljust(10)), at, 0, count)


async def test_an_entry_and_an_exit_are_redeemed_at_the_list_of_their_lane(lane: Lane) -> None:
    position = lane.sold()
    entry = lane.shown(position)
    leaving = lane.shown(position, 2, direction=Direction.EXIT)
    assert [outcome.accepted for outcome in await lane.report(entry, leaving)] == [True, True]
    rows = lane.desk.check_ins
    assert [(row["list"], row["type"], row["nonce"]) for row in rows] == [
        (VIP, "entry", entry.id),
        (VIP, "exit", leaving.id),
    ]


async def test_an_entry_whose_answer_is_lost_is_one_check_in(lane: Lane) -> None:
    position = lane.sold()
    entry = lane.shown(position)
    lane.system.fake.lose = 1
    with pytest.raises(RetryLater):
        await lane.report(entry)
    (outcome,) = await lane.report(entry)
    assert outcome.accepted
    assert lane.desk.nonces(position) == [entry.id]


async def test_what_arrived_before_a_failure_is_not_sent_again(lane: Lane) -> None:
    entries = [lane.shown(lane.sold(), place) for place in range(6)]
    lane.system.fake.lose = 1
    with pytest.raises(RetryLater):
        await lane.report(*entries)
    sent = len([path for path in lane.system.fake.requests if path.endswith("/redeem/")])
    await lane.report(*entries)
    again = len([path for path in lane.system.fake.requests if path.endswith("/redeem/")])
    assert (sent, again) == (6, 7)


async def test_an_entry_of_a_cancelled_order_is_an_entry_all_the_same(lane: Lane) -> None:
    position = lane.sold()
    lane.desk.cancel(position)
    (outcome,) = await lane.report(lane.shown(position))
    assert outcome.accepted
    assert len(lane.desk.nonces(position, successful=True)) == 1


async def test_an_entry_of_a_cancelled_position_is_kept_with_its_answer(lane: Lane) -> None:
    position, other = lane.sold(), lane.sold()
    lane.desk.drop(position)
    outcomes = await lane.report(lane.shown(position), lane.shown(other, 2))
    assert [outcome.accepted for outcome in outcomes] == [False, True]
    assert "cancelled" in outcomes[0].why


async def test_an_undo_is_an_annulment_while_pretix_takes_one(lane: Lane) -> None:
    early, late = lane.shown(lane.sold()), lane.shown(lane.sold(), 2)
    undone, refused = after(early, Kind.UNDO, 14.9), after(late, Kind.UNDO, 15.1)
    outcomes = await lane.report(early, late, undone, refused)
    assert [outcome.accepted for outcome in outcomes] == [True, True, True, False]
    assert "15 minutes" in outcomes[3].why
    assert [row["nonce"] for row in lane.desk.check_ins if row["successful"]] == [late.id]


async def test_a_hold_is_told_once_it_is_confirmed(lane: Lane) -> None:
    position = lane.sold()
    hold = lane.shown(position, kind=Kind.HOLD)
    await lane.report(hold)
    assert not lane.desk.nonces(position)
    await lane.report(after(hold, Kind.CONFIRM, 0.1, 1))
    assert lane.desk.nonces(position) == [hold.id]


async def test_a_released_hold_is_never_told(lane: Lane) -> None:
    position = lane.sold()
    hold = lane.shown(position, kind=Kind.HOLD)
    outcomes = await lane.report(hold, after(hold, Kind.RELEASE, 0.1))
    assert all(outcome.accepted for outcome in outcomes)
    assert not lane.desk.nonces(position)


async def test_a_refusal_is_a_failed_scan_with_its_reason(lane: Lane) -> None:
    position = lane.sold()
    refused = lane.shown(position, decision=Decision.REFUSE, reason=Reason.TOO_EARLY, count=0)
    await lane.report(refused)
    await lane.report(refused)
    (row,) = lane.desk.check_ins
    assert (row["error_reason"], row["error_explanation"]) == ("invalid_time", "too_early")
    assert (row["position"], row["raw_barcode"]) == (position, "C00000-1")


async def test_an_unknown_code_is_told_by_its_digest(lane: Lane) -> None:
    code = CodeId(b"c" * 16)
    unknown = lane.shown(None, code=code, decision=Decision.REFUSE, reason=Reason.UNKNOWN, count=0)
    report = Report(replace(unknown, performance=0), None)
    await lane.system.upstream.report([report])
    (row,) = lane.desk.check_ins
    assert (row["raw_barcode"], row["error_reason"]) == (code.hex(), "invalid")


async def test_a_repeat_is_not_told(lane: Lane) -> None:
    position = lane.sold()
    repeat = lane.shown(position, decision=Decision.REPEAT, reason=Reason.REPEAT, count=0)
    (outcome,) = await lane.report(repeat)
    assert outcome.accepted
    assert not lane.desk.nonces(position)


async def test_an_override_is_an_entry_with_force(lane: Lane) -> None:
    position = lane.sold()
    refused = lane.shown(position, decision=Decision.REFUSE, reason=Reason.RULE, count=0)
    id = uuid7(Instant(NOON + 5_000), bytes(10))
    entry = refused.overridden(id, Instant(NOON + 5_000), 0, 1, Kind.SHOWN)
    assert all(outcome.accepted for outcome in await lane.report(refused, entry))
    assert lane.desk.nonces(position, successful=True) == [id]


async def test_a_gateway_that_lost_its_memory_still_finds_the_ticket(lane: Lane) -> None:
    position = lane.sold()
    await lane.system.upstream.changes("ffffffff-9")
    await lane.system.upstream.changes("")
    (outcome,) = await lane.report(lane.shown(position))
    assert outcome.accepted


async def test_pretix_may_ask_the_outbox_to_wait(lane: Lane) -> None:
    entry = lane.shown(lane.sold())
    lane.system.fake.trouble = lambda: web.Response(status=409, headers={"Retry-After": "5"})
    with pytest.raises(RetryLater) as wait:
        await lane.report(entry)
    assert wait.value.after_s == 5
    lane.system.fake.trouble = None
    assert (await lane.report(entry))[0].accepted


async def test_ids_of_other_systems_are_not_mistaken_for_ours(lane: Lane) -> None:
    lane.sold()
    foreign = replace(lane.shown(None), ticket=TicketId("box:1000"), id=CheckInId("x"))
    (outcome,) = await lane.report(foreign)
    assert not outcome.accepted


async def test_poller_and_forwarder_connect_one_device_between_them(tmp_path: Path) -> None:
    async with pretix_system(tmp_path) as system:
        refused = check_in(1, None, decision=Decision.REFUSE)
        await asyncio.gather(system.upstream.changes(""), system.upstream.report([refused]))
        assert system.fake.requests.count("/api/v1/device/initialize") == 1
