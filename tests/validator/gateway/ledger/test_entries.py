"""Ways to an entry too many that a hostile reading found; each is closed."""

import pytest

from doubles.evening import TONIGHT
from doubles.gateway.committer_with_devices import Venue, cancelled, listing, token
from validator.clock import Instant
from validator.gateway.ledger.claims import answer_check_in
from validator.model import DeviceId, Kind, Revocation, RevocationKind, Scan, Serial, Verdict


async def scanned(
    venue: Venue, text: str, gate: str, count: int | None = None, number: bool = False
) -> Verdict:
    venue.hand.go(20_000)
    scan = Scan(venue.id(), text, venue.hand.clock.now(), count=count, number=number)
    return await answer_check_in(venue.committer, DeviceId("api:ada"), scan, gate)


@pytest.mark.parametrize("exits", [(None, None), (255,)])
async def test_leaving_twice_does_not_let_two_in(
    venue: Venue, exits: tuple[int | None, ...]
) -> None:
    assert (await scanned(venue, token(1), "garden")).passes
    for count in exits:
        assert (await scanned(venue, token(1), "out", count)).passes
    assert (await scanned(venue, token(1), "garden")).passes
    assert not (await scanned(venue, token(1), "garden")).passes


async def test_a_ticket_whose_only_code_is_cancelled_does_not_enter_by_number(
    venue: Venue,
) -> None:
    await venue.apply(listings=(listing(5),))
    await venue.apply(revocations=(cancelled(5),))
    assert not (await scanned(venue, "N-5", "a", number=True)).passes


async def test_a_code_cancelled_under_its_own_name_stays_so_when_it_is_listed(
    venue: Venue,
) -> None:
    own = Serial(TONIGHT, 2).ticket()
    await venue.apply(revocations=(Revocation(own, RevocationKind.CANCELLED, Instant(0)),))
    await venue.apply(listings=(listing(2, ticket=1),))
    assert not (await scanned(venue, token(2), "a")).passes


async def test_a_code_that_entered_stays_used_when_its_row_is_dropped(venue: Venue) -> None:
    await venue.apply(listings=(listing(1), listing(2, ticket=1)))
    assert (await scanned(venue, token(2), "a")).passes
    await venue.apply(dropped=(Serial(TONIGHT, 2),))
    assert not (await scanned(venue, token(2), "a")).passes


@pytest.mark.parametrize("count", [0, -5])
async def test_a_claim_for_nobody_leaves_no_place_for_others(venue: Venue, count: int) -> None:
    first, second = venue.lane("lane-1"), venue.lane("lane-2")
    verdict = await first.claim(first.scan(token(1), count))
    other = await second.claim(second.scan(token(1)))
    assert not (verdict.passes and other.passes)


async def test_a_device_does_not_undo_what_another_one_showed(venue: Venue) -> None:
    first, second = venue.lane("lane-1"), venue.lane("lane-2")
    scan = first.scan(token(1))
    first.shows(scan, await first.claim(scan))
    await first.upload()
    second.names(Kind.UNDO, scan.id)
    await second.upload()
    assert not (await second.claim(second.scan(token(1)))).passes
