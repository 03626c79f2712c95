from dataclasses import replace

import pytest

from doubles.gateway.committer_with_devices import Venue, listing, token
from validator.gateway.ledger.claims import Duplicate, answer_check_in, preview
from validator.model import Assurance, Decision, DeviceId, Reason, Scan, TicketId


async def test_the_api_gives_the_stored_answer_to_the_same_request(venue: Venue) -> None:
    client = DeviceId("api:kiosk")
    scan = Scan(venue.id(), token(1), venue.hand.clock.now())
    first = await answer_check_in(venue.committer, client, scan, "a")
    venue.hand.go(5_000)
    again = await answer_check_in(
        venue.committer, client, replace(scan, at=venue.hand.clock.now()), "a"
    )
    assert again == first
    assert first.passes
    assert len(venue.claims()) == 1


async def test_the_api_refuses_an_id_that_was_used_for_something_else(venue: Venue) -> None:
    client = DeviceId("api:kiosk")
    scan = Scan(venue.id(), token(1), venue.hand.clock.now())
    await answer_check_in(venue.committer, client, scan, "a")
    with pytest.raises(Duplicate):
        await answer_check_in(venue.committer, client, replace(scan, text=token(2)), "a")


async def test_the_api_records_refusals_too(venue: Venue) -> None:
    client = DeviceId("api:kiosk")
    scans = [Scan(venue.id(), token(1), venue.hand.clock.now()) for _ in range(2)]
    verdicts = [await answer_check_in(venue.committer, client, scan, "a") for scan in scans]
    assert verdicts[1].reason is Reason.ALREADY_USED
    with venue.store.reading() as session:
        events = session.journal.after(0, 10)
    assert [event.check_in.decision for event in events] == [Decision.ADMIT, Decision.REFUSE]
    assert [event.judged for event in events] == [True, False]


async def test_a_preview_reserves_nothing(venue: Venue) -> None:
    scan = Scan(venue.id(), token(1), venue.hand.clock.now())
    seen = await venue.committer.read(lambda work: preview(work, scan, "a"))
    assert (seen.decision, seen.assurance) == (Decision.ADMIT, Assurance.PROVISIONAL)
    assert venue.claims() == []
    lane = venue.lane()
    assert (await lane.claim(lane.scan(token(1)))).passes


async def test_a_number_typed_by_hand_claims_its_ticket(venue: Venue) -> None:
    await venue.apply(listings=(listing(1),))
    lane = venue.lane()
    typed = replace(lane.scan("n-1"), number=True)
    verdict = await lane.claim(typed)
    assert verdict.ticket is not None
    assert verdict.ticket.id == TicketId("5.1")
    other = venue.lane("lane-2")
    assert not (await other.claim(other.scan(token(1)))).passes
