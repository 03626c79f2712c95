"""Claims that were on their way when their device crashed, and arrive after its next ones."""

from pathlib import Path

import pytest

from doubles.evening import TONIGHT
from doubles.gateway.committer_with_devices import Lane, Venue, token
from validator.errors import FixRequest
from validator.gateway.ledger.claims import answer_claim
from validator.gateway.store.claims import ClaimState
from validator.gateway.store.port import Store
from validator.gateway.store.sqlite import SqliteStore
from validator.model import CheckInId, DeviceId, Reason, Scan, Serial, Verdict
from validator.wire.messages import ClaimRequest

GROUP = token(1, admits=3)
TICKET = Serial(TONIGHT, 1).ticket()
DEVICE = DeviceId("lane-1")


async def claim(lane: Lane, scan: Scan, boot: int) -> Verdict:
    request = ClaimRequest(scan, lane.gate.id, lane.gate.direction, (), boot)
    return await answer_claim(lane.venue.committer, lane.device, request)


def held(venue: Venue) -> list[tuple[CheckInId, int, int, ClaimState]]:
    with venue.store.reading() as session:
        rows = session.claims.of_ticket(TICKET)
    return [(row.claim.id, row.claim.ordinal, row.claim.count, row.state) for row in rows]


def inside(venue: Venue) -> int:
    with venue.store.reading() as session:
        return sum(use.count for use in session.uses.of_ticket(TICKET))


async def test_a_claim_from_before_a_crash_lets_no_fourth_person_in(venue: Venue) -> None:
    lane, other = venue.lane("lane-1"), venue.lane("lane-2")
    in_flight = lane.scan(GROUP, count=1)
    after = lane.scan(GROUP, count=2)
    granted = await claim(lane, after, boot=2)
    lane.shows(after, granted)
    with pytest.raises(FixRequest, match="earlier start"):
        await claim(lane, in_flight, boot=1)
    assert held(venue) == [(after.id, 1, 2, ClaimState.OPEN)]
    pair = other.scan(GROUP, count=2)
    refused = await claim(other, pair, boot=1)
    assert (refused.reason, refused.remaining) == (Reason.LIMIT_REACHED, 1)
    other.shows(pair, refused)
    await lane.upload()
    await other.upload()
    assert inside(venue) == 2
    assert venue.told == []


async def test_a_claim_from_before_a_crash_holds_nothing(venue: Venue) -> None:
    lane = venue.lane()
    await claim(lane, lane.scan(token(2)), boot=2)
    in_flight = lane.scan(GROUP)
    for _ in range(2):
        with pytest.raises(FixRequest, match="earlier start"):
            await claim(lane, in_flight, boot=1)
    assert held(venue) == []
    with venue.store.reading() as session:
        assert session.claims.find(in_flight.id) is None


async def test_claims_of_one_start_take_over_from_each_other(venue: Venue) -> None:
    lane = venue.lane()
    first, second = lane.scan(GROUP, count=1), lane.scan(GROUP, count=2)
    for scan in (first, second):
        assert (await claim(lane, scan, boot=2)).passes
    assert held(venue) == [(second.id, 1, 2, ClaimState.OPEN)]


async def test_the_next_start_takes_over_what_the_crash_left_open(venue: Venue) -> None:
    lane = venue.lane()
    before, after = lane.scan(GROUP, count=1), lane.scan(GROUP, count=3)
    assert (await claim(lane, before, boot=1)).passes
    assert (await claim(lane, after, boot=2)).passes
    assert held(venue) == [(after.id, 1, 3, ClaimState.OPEN)]


async def test_a_start_fences_its_own_device_only(venue: Venue) -> None:
    lane, other = venue.lane("lane-1"), venue.lane("lane-2")
    assert (await claim(lane, lane.scan(token(2)), boot=9)).passes
    assert (await claim(other, other.scan(GROUP), boot=1)).passes


async def test_the_latest_start_is_known_after_the_gateway_restarts(venue: Venue) -> None:
    lane = venue.lane()
    assert (await claim(lane, lane.scan(token(2)), boot=2)).passes
    await venue.restart()
    with pytest.raises(FixRequest, match="earlier start"):
        await claim(lane, lane.scan(GROUP), boot=1)
    assert held(venue) == []
    assert (await claim(lane, lane.scan(GROUP), boot=2)).passes


def test_a_store_remembers_the_highest_start_when_it_is_opened_again(tmp_path: Path) -> None:
    def enter(boot: int) -> bool:
        store: Store = SqliteStore(tmp_path / "gateway.sqlite")
        try:
            with store.transaction() as session:
                return session.claims.enter_boot(DEVICE, boot)
        finally:
            store.close()

    assert [enter(boot) for boot in (1, 3, 2, 3, 1, 4, 3)] == [
        True,
        True,
        False,
        True,
        False,
        True,
        False,
    ]
