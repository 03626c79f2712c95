"""A lying lane: what it says of another's check-in has no effect, whichever comes first."""

from dataclasses import replace

import pytest

from doubles.evening import GATE, TONIGHT
from doubles.gateway.committer_with_devices import Lane, Venue, token
from validator.gateway.ledger.claims import give_back
from validator.model import CheckIn, Kind, Scan, Serial, Use, UseState, Verdict

WORDS = (Kind.UNDO, Kind.RELEASE, Kind.CONFIRM)


async def lies(liar: Lane, kind: Kind, shown: Scan | CheckIn, count: int = 900) -> None:
    liar.names(kind, shown.id, count if kind is Kind.CONFIRM else 0)
    answer = await liar.upload()
    assert answer.outcomes[-1].accepted, "what was said is kept"


def uses(venue: Venue, serial: int) -> tuple[Use, ...]:
    with venue.store.reading() as session:
        return tuple(
            use
            for event in session.journal.after(0, 100)
            if event.check_in.passes and event.ticket is not None
            for use in session.uses.of_ticket(event.ticket)
            if use.id == event.check_in.id and event.check_in.serial == Serial(TONIGHT, serial)
        )


async def nobody_else_enters(venue: Venue) -> None:
    third = venue.lane("lane-3")
    assert not (await third.claim(third.scan(token(1)))).passes


@pytest.mark.parametrize("kind", WORDS)
async def test_after_the_claim_and_before_the_report(venue: Venue, kind: Kind) -> None:
    owner, liar = venue.lane("lane-1"), venue.lane("lane-2")
    scan = owner.scan(token(1))
    verdict = await owner.claim(scan)
    await lies(liar, kind, scan)
    owner.shows(scan, verdict)
    assert (await owner.upload()).outcomes[-1].accepted
    await nobody_else_enters(venue)
    (use,) = uses(venue, 1)
    assert (use.count, use.state, use.device) == (1, UseState.DONE, owner.device)


@pytest.mark.parametrize("kind", WORDS)
async def test_before_the_claim(venue: Venue, kind: Kind) -> None:
    owner, liar = venue.lane("lane-1"), venue.lane("lane-2")
    scan = owner.scan(token(1))
    await lies(liar, kind, scan)
    owner.shows(scan, await owner.claim(scan))
    await owner.upload()
    await nobody_else_enters(venue)
    assert len(uses(venue, 1)) == 1


@pytest.mark.parametrize("kind", WORDS)
async def test_after_the_report(venue: Venue, kind: Kind) -> None:
    owner, liar = venue.lane("lane-1"), venue.lane("lane-2")
    scan = owner.scan(token(1))
    owner.shows(scan, await owner.claim(scan))
    await owner.upload()
    await lies(liar, kind, scan)
    await nobody_else_enters(venue)
    assert len(uses(venue, 1)) == 1


async def test_a_hold_counts_whom_its_own_lane_confirms(venue: Venue) -> None:
    await venue.apply(entries=(replace(GATE, id="a"),))
    owner, liar = venue.lane("lane-1"), venue.lane("lane-2")
    scan = owner.scan(token(1))
    verdict = await owner.claim(scan)
    await lies(liar, Kind.CONFIRM, scan)
    held = owner.shows(scan, verdict, kind=Kind.HOLD)
    await owner.upload()
    (waiting,) = uses(venue, 1)
    assert (waiting.count, waiting.state) == (1, UseState.HELD)
    await lies(liar, Kind.CONFIRM, held)
    assert uses(venue, 1) == (waiting,)
    owner.names(Kind.CONFIRM, held.id, 1)
    await owner.upload()
    (inside,) = uses(venue, 1)
    assert (inside.count, inside.state) == (1, UseState.DONE)


async def test_an_id_given_back_by_a_stranger_is_its_owners_all_the_same(venue: Venue) -> None:
    owner, liar = venue.lane("lane-1"), venue.lane("lane-2")
    scan = owner.scan(token(1))
    await venue.committer.quick(lambda work: give_back(work, liar.device, scan.id))
    verdict: Verdict = await owner.claim(scan)
    assert verdict.passes
    await venue.committer.quick(lambda work: give_back(work, liar.device, scan.id))
    owner.shows(scan, verdict)
    await owner.upload()
    await nobody_else_enters(venue)


async def test_the_owner_itself_may_send_its_guest_away_whichever_comes_first(
    venue: Venue,
) -> None:
    owner = venue.lane("lane-1")
    scan = owner.scan(token(1))
    shown = owner.shows(scan, await owner.claim(scan))
    owner.names(Kind.UNDO, shown.id)
    late, early = owner.rows
    owner.rows = [replace(early, sequence=1), late]
    await owner.upload()
    owner.rows = [late, early]
    await owner.upload()
    assert uses(venue, 1) == ()


async def test_the_attempts_are_listed_by_device(
    venue: Venue, caplog: pytest.LogCaptureFixture
) -> None:
    owner, liar = venue.lane("lane-1"), venue.lane("lane-2")
    scan = owner.scan(token(1))
    owner.shows(scan, await owner.claim(scan))
    await owner.upload()
    for kind in WORDS:
        await lies(liar, kind, scan)
    with venue.store.reading() as session:
        assert session.totals.attempts() == {liar.device: len(WORDS)}
    assert sum("lane-2 spoke of a check-in of another's" in line for line in caplog.messages) == 3
