"""What the committer owes to ticketing systems: all that was shown of their tickets."""

from dataclasses import replace

from doubles.evening import TONIGHT
from doubles.gateway.committer_with_devices import Lane, Venue, cancelled, listing, token
from validator.gateway.ledger.claims import answer_check_in
from validator.gateway.sources.followed_source import SourceLedger
from validator.model import CheckIn, CheckInId, Decision, DeviceId, Kind, Reason, Scan, Serial
from validator.ports import Report


async def owed(venue: Venue) -> list[tuple[CheckInId, str | None]]:
    reports: tuple[Report, ...] = await SourceLedger(venue.committer).owed("box", 100)
    return [(report.check_in.id, report.number) for report in reports]


def refuses(
    lane: Lane,
    scan: Scan,
    reason: Reason = Reason.BLOCKED,
    decision: Decision = Decision.REFUSE,
) -> CheckIn:
    return lane.admits_alone(scan, 0, decision=decision, reason=reason)


async def test_what_was_shown_of_a_ticket_is_owed_to_its_source_in_order(venue: Venue) -> None:
    await venue.apply(listings=(listing(1),))
    lane = venue.lane()
    refused = refuses(lane, lane.scan(token(1)))
    shown = lane.admits_alone(lane.scan(token(1)))
    unlisted = lane.admits_alone(lane.scan(token(2)))
    again = refuses(lane, lane.scan(token(1)), Reason.ALREADY_USED)
    undo = lane.names(Kind.UNDO, shown.id)
    last = refuses(lane, lane.scan(token(2)))
    await lane.upload()
    await lane.upload()
    assert await owed(venue) == [
        (refused.id, "N-1"),
        (shown.id, "N-1"),
        (unlisted.id, None),
        (again.id, "N-1"),
        (undo.id, "N-1"),
        (last.id, None),
    ]
    assert await venue.committer.read(lambda work: work.session.outbox.backlog()) == {"box": 6}


async def test_a_repeat_and_what_names_no_ticket_are_owed_to_nobody(venue: Venue) -> None:
    await venue.apply(listings=(listing(1),))
    lane = venue.lane()
    refuses(lane, lane.scan(token(1)), Reason.REPEAT, Decision.REPEAT)
    refuses(lane, lane.scan("4006381333931"), Reason.UNKNOWN)
    unread = refuses(lane, lane.scan(token(1)), Reason.MALFORMED)
    lane.append(replace(unread, id=venue.id(), code=None, serial=None, payload=None))
    await lane.upload()
    assert await owed(venue) == [(unread.id, "N-1")]


async def test_a_refusal_gives_its_claim_back_and_is_owed(venue: Venue) -> None:
    await venue.apply(listings=(listing(1),))
    lane, other = venue.lane(), venue.lane("lane-2")
    scan = lane.scan(token(1))
    assert (await lane.claim(scan)).passes
    refused = refuses(lane, scan, Reason.STALE_DATA)
    await lane.upload()
    assert await owed(venue) == [(refused.id, "N-1")]
    with venue.store.reading() as session:
        assert session.uses.of_ticket(Serial(TONIGHT, 1).ticket()) == ()
    assert (await other.claim(other.scan(token(1)))).passes


async def test_a_refusal_through_the_api_is_owed_too(venue: Venue) -> None:
    await venue.apply(listings=(listing(1),), revocations=(cancelled(1),))
    lane = venue.lane()
    scan = lane.scan(token(1))
    for _ in range(2):
        verdict = await answer_check_in(venue.committer, DeviceId("api:till"), scan, "a")
        assert verdict.reason is Reason.CANCELLED
    assert await owed(venue) == [(scan.id, "N-1")]
