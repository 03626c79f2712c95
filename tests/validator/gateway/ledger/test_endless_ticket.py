"""A lying device has one ticket enter thousands of times: no look at it takes ever longer."""

from __future__ import annotations

from doubles.gateway.committer_with_devices import Venue, listing, token
from validator.clock import Instant
from validator.gateway.ledger.conflicts import MOST_TOLD, refold
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.store.uses import MOST_USES, UseRow
from validator.model import CheckInId, Decision, DeviceId, Direction, Reason, Serial, Use

TICKET = Serial(5, 1).ticket()


def make_up(work: UnitOfWork) -> None:
    for place in range(MOST_USES + 100):
        use = Use(
            CheckInId(f"made-up-{place}"),
            TICKET,
            5,
            Direction.ENTRY,
            1,
            Instant(work.now - 10_000_000 + place),
            "a",
            DeviceId("liar"),
        )
        work.session.uses.put(UseRow(use))


async def test_a_ticket_with_endless_entries_is_looked_at_so_far_and_the_next_is_flagged(
    venue: Venue,
) -> None:
    await venue.apply(listings=(listing(1),))
    await venue.committer.write(make_up)
    assert len(venue.uses()) == MOST_USES
    lane = venue.lane()
    verdict = await lane.claim(lane.scan(token(1)))
    assert (verdict.decision, verdict.reason) == (Decision.REFUSE, Reason.ALREADY_USED)
    shown = lane.admits_alone(lane.scan(token(1)))
    (outcome,) = (await lane.upload()).outcomes
    assert (outcome.accepted, outcome.conflict) == (True, True)
    ((conflict, _),) = venue.told
    assert (conflict.id, conflict.reason) == (shown.id, Reason.LIMIT_REACHED)
    assert len(conflict.entries) <= 2 * MOST_TOLD
    assert conflict.entries[-1][0] == shown.id


async def test_of_a_group_that_comes_one_by_one_the_last_are_too_many_whoever_reports_late(
    venue: Venue,
) -> None:
    """Two lanes, one alone: its entries come late, and those that are too many stand at the end."""
    text = token(1, admits=150)
    linked, alone = venue.lane("lane-1"), venue.lane("lane-2")
    shown = []
    for place in range(160):
        venue.hand.go(1_000)
        lane = alone if place % 4 == 0 else linked
        shown.append(lane.admits_alone(lane.scan(text)))
    await linked.upload()
    assert venue.flagged() == set()
    await alone.upload()
    assert venue.flagged() == {each.id for each in shown[150:]}


async def test_what_is_taken_back_is_judged_anew_to_the_end(venue: Venue) -> None:
    lane = venue.lane()
    shown = []
    for _ in range(130):
        venue.hand.go(1_000)
        shown.append(lane.admits_alone(lane.scan(token(1, admits=129))))
    await lane.upload()
    assert venue.flagged() == {shown[-1].id}

    def take_back(work: UnitOfWork) -> None:
        first = next(use for use in work.session.uses.of_ticket(TICKET) if use.id == shown[0].id)
        work.session.uses.remove(first.id)
        refold(work, TICKET, first)

    await venue.committer.write(take_back)
    assert venue.flagged() == set()
