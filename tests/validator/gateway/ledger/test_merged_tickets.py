from dataclasses import replace

from doubles.evening import TONIGHT
from doubles.gateway.committer_with_devices import RING, Venue, listing, token
from validator.model import (
    CodeId,
    DeviceId,
    Direction,
    Listing,
    Reason,
    TicketId,
    Use,
    UseState,
)

MINUTE = 60_000


async def test_two_codes_of_one_ticket_merge_when_the_mapping_comes(venue: Venue) -> None:
    first, second = venue.lane("lane-1"), venue.lane("lane-2")
    await first.admits(token(1))
    venue.hand.go(MINUTE)
    reissued = second.admits_alone(second.scan(token(2)))
    await second.upload()
    assert venue.flagged() == set()
    await venue.apply(listings=(listing(1), listing(2, ticket=1)))
    assert venue.flagged() == {reissued.id}
    third = venue.lane("lane-3")
    assert not (await third.claim(third.scan(token(2)))).passes
    with venue.store.reading() as session:
        assert len(session.uses.of_ticket(TicketId("5.1"))) == 2
        assert session.uses.of_ticket(TicketId("5.2")) == ()
        rows = session.claims.of_ticket(TicketId("5.1"))
    assert len({row.claim.ordinal for row in rows}) == 2


async def test_an_open_claim_follows_its_ticket_when_the_mapping_comes(venue: Venue) -> None:
    lane, other = venue.lane("lane-1"), venue.lane("lane-2")
    scan = lane.scan(token(2))
    granted = await lane.claim(scan)
    await venue.apply(listings=(listing(1), listing(2, ticket=1)))
    assert not (await other.claim(other.scan(token(1)))).passes
    lane.shows(scan, granted)
    await lane.upload()
    with venue.store.reading() as session:
        assert [use.id for use in session.uses.of_ticket(TicketId("5.1"))] == [scan.id]


async def test_an_entry_made_elsewhere_counts_and_our_own_come_back_does_not(
    venue: Venue,
) -> None:
    lane = venue.lane()
    own = lane.admits_alone(lane.scan(token(2)))
    await lane.upload()
    foreign = Use(
        venue.id(),
        TicketId("5.1"),
        TONIGHT,
        Direction.ENTRY,
        1,
        venue.hand.clock.now(),
        "elsewhere",
        DeviceId("box"),
    )
    echo = replace(foreign, id=own.id, ticket=TicketId("5.2"))
    await venue.apply(uses=(foreign, echo))
    await venue.apply(uses=(foreign, echo))
    assert (await lane.claim(lane.scan(token(1)))).reason is Reason.ALREADY_USED
    with venue.store.reading() as session:
        assert len(session.uses.of_ticket(TicketId("5.2"))) == 1
        assert session.uses.of_ticket(TicketId("5.1"))[0].state is UseState.DONE


async def test_an_entry_is_held_against_the_row_that_was_known_then(venue: Venue) -> None:
    await venue.apply(listings=(listing(1),))
    venue.hand.go(MINUTE)
    lane = venue.lane()
    lane.admits_alone(lane.scan(token(1)))
    venue.hand.go(MINUTE)
    row = listing(1)
    await venue.apply(listings=(Listing(row.key, replace(row.ticket, scope=6)),))
    assert not (await lane.upload()).outcomes[0].conflict


async def test_a_plain_code_is_known_by_its_row(venue: Venue) -> None:
    code = CodeId(RING.code_id("4006381333931"))
    row = listing(1)
    await venue.apply(listings=(Listing(code, replace(row.ticket, id=TicketId("box:1"))),))
    lane = venue.lane()
    assert (await lane.admits("4006381333931")).passes
    venue.hand.go(MINUTE)
    alone = venue.lane("lane-2")
    alone.admits_alone(alone.scan("4006381333931"))
    assert (await alone.upload()).outcomes[0].conflict
