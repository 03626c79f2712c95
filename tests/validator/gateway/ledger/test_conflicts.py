from dataclasses import replace

from doubles.evening import TONIGHT
from doubles.gateway.committer_with_devices import Venue, cancelled, listing, token
from validator.model import (
    Assignment,
    Decision,
    DeviceId,
    Kind,
    Reason,
    Serial,
    TicketId,
)

MINUTE = 60_000


async def test_two_lanes_alone_admit_one_ticket_and_both_are_told(venue: Venue) -> None:
    """Peers' fault 9: it was written to the back office and the lanes never heard."""
    await venue.apply(listings=(listing(1),))
    first, second = venue.lane("lane-1"), venue.lane("lane-2")
    earlier = first.admits_alone(first.scan(token(1)))
    venue.hand.go(MINUTE)
    later = second.admits_alone(second.scan(token(1)))
    assert not (await first.upload()).outcomes[0].conflict
    answer = await second.upload()
    assert answer.outcomes[0].accepted
    assert answer.outcomes[0].conflict
    ((conflict, devices),) = venue.told
    assert (conflict.id, conflict.reason) == (later.id, Reason.ALREADY_USED)
    assert (conflict.number, conflict.seat) == ("N-1", "F 12")
    assert [entry[0] for entry in conflict.entries] == [earlier.id, later.id]
    assert [entry[1:] for entry in conflict.entries] == [
        ("lane-1", "a", earlier.at),
        ("lane-2", "a", later.at),
    ]
    assert tuple(devices) == ("lane-1", "lane-2")
    with venue.store.reading() as session:
        assert session.totals.conflicts_of(DeviceId("lane-1")) == (conflict,)
        assert session.totals.conflicts_of(DeviceId("lane-2")) == (conflict,)
        assert session.totals.conflicts_of(DeviceId("lane-3")) == ()


async def test_a_late_arrival_makes_the_stored_entry_the_conflict(venue: Venue) -> None:
    first, second = venue.lane("lane-1"), venue.lane("lane-2")
    earlier = first.admits_alone(first.scan(token(1)))
    venue.hand.go(MINUTE)
    scan = second.scan(token(1))
    later = second.shows(scan, await second.claim(scan))
    assert not (await second.upload()).outcomes[0].conflict
    assert not (await first.upload()).outcomes[0].conflict
    assert venue.flagged() == {later.id}
    assert venue.told[0][0].id == later.id
    assert (await second.upload()).outcomes[0].conflict
    assert earlier.assurance != later.assurance


async def test_a_refused_claim_whose_answer_was_lost_is_accepted_and_a_conflict(
    venue: Venue,
) -> None:
    await venue.lane("lane-1").admits(token(1))
    lane = venue.lane("lane-2")
    venue.hand.go(MINUTE)
    scan = lane.scan(token(1))
    assert (await lane.claim(scan)).decision is Decision.REFUSE
    shown = lane.admits_alone(scan)
    (outcome,) = (await lane.upload()).outcomes
    assert (outcome.accepted, outcome.conflict) == (True, True)
    assert venue.flagged() == {shown.id}


async def test_an_entry_on_a_cancelled_ticket_stands_as_an_entry(venue: Venue) -> None:
    """Peers' fault 13: the green scan of a cancelled ticket was recorded as a failed scan."""
    await venue.apply(revocations=(cancelled(1),))
    venue.hand.go(MINUTE)
    lane = venue.lane()
    shown = lane.admits_alone(lane.scan(token(1)))
    (outcome,) = (await lane.upload()).outcomes
    assert (outcome.accepted, outcome.conflict) == (True, True)
    assert venue.told[0][0].reason is Reason.CANCELLED
    with venue.store.reading() as session:
        event = session.journal.find(shown.id)
        assert [use.id for use in session.uses.of_ticket(TicketId("5.1"))] == [shown.id]
    assert event is not None
    assert event.check_in.decision is Decision.ADMIT


async def test_a_cancellation_learned_after_the_entry_is_no_conflict(venue: Venue) -> None:
    lane = venue.lane()
    lane.admits_alone(lane.scan(token(1)))
    venue.hand.go(MINUTE)
    await venue.apply(revocations=(cancelled(1),))
    assert not (await lane.upload()).outcomes[0].conflict


async def test_a_cancellation_lifted_after_the_entry_still_counts_for_it(venue: Venue) -> None:
    await venue.apply(revocations=(cancelled(1),))
    venue.hand.go(MINUTE)
    lane = venue.lane()
    lane.admits_alone(lane.scan(token(1)))
    venue.hand.go(MINUTE)
    await venue.apply(lifted=(Serial(TONIGHT, 1),))
    assert (await lane.upload()).outcomes[0].conflict
    after = venue.lane("lane-2")
    after.admits_alone(after.scan(token(2)))
    assert not (await after.upload()).outcomes[0].conflict


async def test_a_cancelled_and_used_ticket_is_told_as_cancelled(venue: Venue) -> None:
    """Peers' fault 12: "already used" was shown for a cancelled, used ticket."""
    await venue.lane("lane-1").admits(token(1))
    await venue.apply(revocations=(cancelled(1),))
    venue.hand.go(MINUTE)
    lane = venue.lane("lane-2")
    lane.admits_alone(lane.scan(token(1)))
    await lane.upload()
    assert venue.told[0][0].reason is Reason.CANCELLED


async def test_an_entry_the_gateway_granted_is_not_blamed_for_what_it_learned_later(
    venue: Venue,
) -> None:
    lane = venue.lane()
    scan = lane.scan(token(1))
    granted = await lane.claim(scan)
    await venue.apply(revocations=(cancelled(1),))
    venue.hand.go(MINUTE)
    lane.shows(replace(scan, at=venue.hand.clock.now()), granted)
    assert not (await lane.upload()).outcomes[0].conflict


async def test_an_undo_of_the_first_entry_clears_the_second_one(venue: Venue) -> None:
    first, second = venue.lane("lane-1"), venue.lane("lane-2")
    earlier = first.admits_alone(first.scan(token(1)))
    venue.hand.go(MINUTE)
    second.admits_alone(second.scan(token(1)))
    await first.upload()
    await second.upload()
    assert len(venue.flagged()) == 1
    first.names(Kind.UNDO, earlier.id)
    await first.upload()
    assert venue.flagged() == set()
    with venue.store.reading() as session:
        assert session.totals.conflicts_of(DeviceId("lane-2")) == ()


async def test_sending_the_wrong_guest_away_clears_the_conflict(venue: Venue) -> None:
    first, second = venue.lane("lane-1"), venue.lane("lane-2")
    await first.admits(token(1))
    venue.hand.go(MINUTE)
    wrong = second.admits_alone(second.scan(token(1)))
    await second.upload()
    second.names(Kind.UNDO, wrong.id)
    await second.upload()
    assert venue.flagged() == set()


async def test_a_supervisors_override_is_no_conflict(venue: Venue) -> None:
    await venue.lane("lane-1").admits(token(1))
    lane = venue.lane("lane-2")
    venue.hand.go(MINUTE)
    refused = lane.shows(lane.scan(token(1)), await lane.claim(lane.scan(token(1))))
    assert not refused.passes
    lane.admits_alone(lane.scan(token(1)), override_by=True, of=refused.id)
    told = (await lane.upload()).outcomes
    assert [(outcome.accepted, outcome.conflict) for outcome in told] == [(True, False)] * 2


async def test_a_group_that_fits_is_no_conflict_and_one_too_many_is(venue: Venue) -> None:
    text = token(1, admits=4)
    for number, people in enumerate((2, 2, 1)):
        lane = venue.lane(f"lane-{number}")
        lane.admits_alone(lane.scan(text), people)
        (outcome,) = (await lane.upload()).outcomes
        assert outcome.conflict == (number == 2)
        venue.hand.go(MINUTE)


async def test_a_late_exit_clears_the_re_entry_it_explains(venue: Venue) -> None:
    garden, out = venue.lane("lane-1", "garden"), venue.lane("lane-2", "out")
    garden.admits_alone(garden.scan(token(1)))
    venue.hand.go(MINUTE)
    out.admits_alone(out.scan(token(1)))
    venue.hand.go(MINUTE)
    back = garden.admits_alone(garden.scan(token(1)))
    await garden.upload()
    assert venue.flagged() == {back.id}
    await out.upload()
    assert venue.flagged() == set()


async def test_a_silent_exit_lane_raises_no_alarm_about_passback(venue: Venue) -> None:
    await venue.committer.write(lambda work: work.put_entries([Assignment("lane-9", "out")]))
    garden = venue.lane("lane-3", "garden")
    garden.admits_alone(garden.scan(token(1)))
    venue.hand.go(MINUTE)
    garden.admits_alone(garden.scan(token(1)))
    await garden.upload()
    assert venue.flagged() == set()
    assert (await garden.claim(garden.scan(token(1)))).decision is Decision.CHECK
    venue.linked = frozenset({DeviceId("lane-9")})
    assert (await garden.claim(garden.scan(token(1)))).decision is Decision.REFUSE
