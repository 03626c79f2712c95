"""A device that uses another's check-in id: two check-ins, whichever comes first, on every way."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

import pytest

from doubles.evening import TONIGHT
from doubles.gateway.committer_with_devices import FEED, Lane, Venue, listing, token
from validator.errors import FixRequest
from validator.gateway.ledger.check_ins import take_reports
from validator.gateway.ledger.claims import answer_check_in, give_back
from validator.gateway.ledger.verification import verify_journals
from validator.model import (
    CheckIn,
    Decision,
    DeviceId,
    Kind,
    Scan,
    Serial,
    Use,
    UseState,
    namesake,
)


def alone(lane: Lane, scan: Scan, kind: Kind = Kind.SHOWN) -> CheckIn:
    """What a lane that is cut off shows and keeps."""
    before = list(lane.rows)
    shown = lane.admits_alone(scan, kind=kind)
    lane.rows = before
    return shown


async def over_link(lane: Lane, scan: Scan) -> None:
    lane.shows(scan, await lane.claim(scan))
    assert (await lane.upload()).outcomes[-1].accepted


async def over_link_alone(lane: Lane, scan: Scan) -> None:
    lane.admits_alone(scan)
    assert (await lane.upload()).outcomes[-1].accepted


async def over_http(lane: Lane, scan: Scan) -> None:
    verdict = await answer_check_in(lane.venue.committer, lane.device, scan, "a")
    assert await answer_check_in(lane.venue.committer, lane.device, scan, "a") == verdict


async def in_a_batch(lane: Lane, scan: Scan) -> None:
    (outcome,) = await take_reports(lane.venue.committer, lane.device, [alone(lane, scan)])
    assert (outcome.id, outcome.accepted) == (scan.id, True)


async def only_claims(lane: Lane, scan: Scan) -> None:
    await lane.claim(scan)


async def claims_and_gives_back(lane: Lane, scan: Scan) -> None:
    await lane.claim(scan)
    await lane.venue.committer.quick(lambda work: give_back(work, lane.device, scan.id))


async def reports_a_hold(lane: Lane, scan: Scan) -> None:
    lane.admits_alone(scan, kind=Kind.HOLD)
    assert (await lane.upload()).outcomes[-1].accepted


async def reports_and_undoes(lane: Lane, scan: Scan) -> None:
    lane.names(Kind.UNDO, lane.admits_alone(scan).id)
    await lane.upload()


async def calls_a_refusal_so(lane: Lane, scan: Scan) -> None:
    lane.admits_alone(scan, decision=Decision.REFUSE, count=0)
    assert (await lane.upload()).outcomes[-1].accepted


async def calls_an_override_so(lane: Lane, scan: Scan) -> None:
    lane.admits_alone(scan, of=scan.id, override_by=True)
    assert (await lane.upload()).outcomes[-1].accepted


async def calls_an_undo_so(lane: Lane, scan: Scan) -> None:
    lane.append(replace(lane.names(Kind.UNDO, lane.venue.id()), id=scan.id))
    assert (await lane.upload()).outcomes[-1].accepted


Way = Callable[[Lane, Scan], Awaitable[None]]

OWNERS: list[Way] = [over_link, over_link_alone, over_http, in_a_batch]
LIARS: list[Way] = [
    *OWNERS,
    only_claims,
    claims_and_gives_back,
    reports_a_hold,
    reports_and_undoes,
    calls_a_refusal_so,
    calls_an_override_so,
    calls_an_undo_so,
]


def uses_of(venue: Venue, lane: Lane, serial: int) -> list[Use]:
    return [use for use in venue.uses(serial) if use.device == lane.device]


def attempts(venue: Venue) -> set[str]:
    with venue.store.reading() as session:
        assert not any(found.broken for found in verify_journals(session, FEED.public))
        return set(session.totals.attempts())


@pytest.mark.parametrize("first", [True, False], ids=["liar first", "owner first"])
@pytest.mark.parametrize("lie", LIARS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("way", OWNERS, ids=lambda way: way.__name__)
async def test_the_owner_of_an_id_that_another_uses_is_not_harmed(
    venue: Venue, way: Way, lie: Way, first: bool
) -> None:
    owner, liar = venue.lane("lane-1"), venue.lane("lane-2")
    scan = owner.scan(token(1))
    lied = replace(scan, text=token(2))
    for whose in ("liar", "owner") if first else ("owner", "liar"):
        await (lie(liar, lied) if whose == "liar" else way(owner, scan))
    (use,) = uses_of(venue, owner, 1)
    assert (use.count, use.state) == (1, UseState.DONE)
    assert venue.uses(1) == (use,)
    assert not any(each.device == owner.device for each in venue.uses(2))
    third = venue.lane("lane-3")
    assert not (await third.claim(third.scan(token(1)))).passes
    assert liar.device in attempts(venue)


@pytest.mark.parametrize("lie", LIARS, ids=lambda way: way.__name__)
async def test_between_the_claim_and_its_report(venue: Venue, lie: Way) -> None:
    owner, liar = venue.lane("lane-1"), venue.lane("lane-2")
    scan = owner.scan(token(1))
    verdict = await owner.claim(scan)
    await lie(liar, replace(scan, text=token(2)))
    assert await owner.claim(scan) == verdict, "a lost answer is told again"
    owner.shows(scan, verdict)
    outcome = (await owner.upload()).outcomes[-1]
    assert (outcome.id, outcome.accepted, outcome.conflict) == (scan.id, True, False)
    assert (await owner.upload()).outcomes[-1] == outcome, "an acknowledgement that was lost"
    (use,) = venue.uses(1)
    assert (use.id, use.device) == (scan.id, owner.device)
    assert liar.device in attempts(venue)


@pytest.mark.parametrize("kind", [Kind.UNDO, Kind.RELEASE])
@pytest.mark.parametrize("order", ["undo first", "undo last"])
async def test_an_owner_that_was_second_still_sends_its_guest_away(
    venue: Venue, kind: Kind, order: str
) -> None:
    owner, liar = venue.lane("lane-1"), venue.lane("lane-2")
    scan = owner.scan(token(1))
    shown = alone(owner, scan)
    away = owner.names(kind, scan.id)
    owner.rows.clear()
    events = [away, shown] if order == "undo first" else [shown, away]
    await take_reports(venue.committer, owner.device, events[:1])
    await over_link_alone(liar, replace(scan, text=token(2)))
    outcomes = await take_reports(venue.committer, owner.device, events)
    assert [outcome.accepted for outcome in outcomes] == [True, True]
    assert venue.uses(1) == ()
    assert len(venue.uses(2)) == 1, "the other's entry stands"


async def test_an_owner_that_was_second_confirms_its_own_guests_only(venue: Venue) -> None:
    owner, liar = venue.lane("lane-1"), venue.lane("lane-2")
    scan = owner.scan(token(1, admits=4))
    await reports_a_hold(liar, replace(scan, text=token(2)))
    await reports_a_hold(owner, scan)
    owner.names(Kind.CONFIRM, scan.id, 3)
    await owner.upload()
    liar.names(Kind.CONFIRM, scan.id, 2)
    await liar.upload()
    assert [(use.count, use.state) for use in venue.uses(1)] == [(3, UseState.DONE)]
    assert [(use.count, use.state) for use in venue.uses(2)] == [(2, UseState.DONE)]


async def test_a_claim_that_its_owner_gave_back_first_stays_given_back(venue: Venue) -> None:
    owner, liar = venue.lane("lane-1"), venue.lane("lane-2")
    scan = owner.scan(token(1))
    await venue.committer.quick(lambda work: give_back(work, owner.device, scan.id))
    await liar.claim(replace(scan, text=token(2)))
    with pytest.raises(FixRequest):
        await owner.claim(scan)


async def test_on_one_ticket_the_second_is_told_and_its_report_counts_all_the_same(
    venue: Venue,
) -> None:
    owner, liar = venue.lane("lane-1"), venue.lane("lane-2")
    scan = owner.scan(token(1))
    assert (await liar.claim(scan)).passes
    assert not (await owner.claim(scan)).passes
    # The lane was cut off meanwhile, and its guest is in.
    owner.admits_alone(scan)
    assert (await owner.upload()).outcomes[-1].accepted
    assert [use.device for use in venue.uses(1)] == [owner.device]
    liar.admits_alone(scan)
    assert (await liar.upload()).outcomes[-1].accepted
    assert len(venue.uses(1)) == 2
    assert len(venue.flagged()) == 1


async def test_a_name_that_somebody_worked_out_is_nobodys_before_its_time(venue: Venue) -> None:
    owner, liar = venue.lane("lane-1"), venue.lane("lane-2")
    scan = owner.scan(token(1))
    guessed = scan.id
    for _ in range(3):
        await over_link_alone(liar, replace(scan, id=guessed, text=token(2)))
        guessed = namesake(owner.device, guessed)
    await over_link(owner, scan)
    assert len(uses_of(venue, owner, 1)) == 1
    assert len(venue.uses(2)) == 3


async def test_ticketing_systems_are_told_of_both_under_ids_of_their_own(venue: Venue) -> None:
    await venue.apply(listings=(listing(1), listing(2)))
    owner, liar = venue.lane("lane-1"), venue.lane("lane-2")
    scan = owner.scan(token(1))
    await over_link(liar, replace(scan, text=token(2)))
    await over_link(owner, scan)
    owner.names(Kind.UNDO, scan.id)
    await owner.upload()
    with venue.store.reading() as session:
        owed = [report.check_in for report in session.outbox.owed("box", 10)]
        passages = session.uses.passages(0, 10)
    assert [each.device for each in owed] == [liar.device, owner.device, owner.device]
    assert len({each.id for each in owed}) == 3
    assert owed[2].of == owed[1].id, "the undo is of its own entry"
    gone = {passage.id for passage in passages if passage.use is None}
    assert gone == {owed[1].id}


async def test_an_entry_with_another_systems_scanner_is_not_written_over(venue: Venue) -> None:
    liar = venue.lane("lane-2")
    foreign = Use(
        venue.id(),
        Serial(TONIGHT, 1).ticket(),
        TONIGHT,
        liar.gate.direction,
        1,
        venue.hand.clock.now(),
        "elsewhere",
        DeviceId("box:web"),
    )
    await venue.apply(uses=(foreign,))
    await reports_and_undoes(liar, liar.scan(token(2), id=foreign.id))
    assert venue.uses(1) == (foreign,)
    third = venue.lane("lane-3")
    assert not (await third.claim(third.scan(token(1)))).passes


async def test_a_foreign_give_back_is_listed_whichever_comes_first(venue: Venue) -> None:
    for first in (True, False):
        owner, liar = venue.lane("lane-1"), venue.lane(f"liar-{first}")
        scan = owner.scan(token(1 if first else 2))
        if not first:
            await owner.claim(scan)
        await venue.committer.quick(partial(give_back, device=liar.device, id=scan.id))
        if first:
            assert (await owner.claim(scan)).passes
    assert attempts(venue) == {"liar-True", "liar-False"}
