import asyncio
from dataclasses import replace

import pytest

from doubles.evening import TONIGHT
from doubles.gateway.committer_with_devices import Venue, cancelled, listing, token
from validator.errors import FixRequest
from validator.gateway.ledger.claims import Duplicate, give_back, release
from validator.gateway.store.claims import ClaimState
from validator.model import (
    Assurance,
    CheckInId,
    Decision,
    DeviceId,
    Direction,
    Kind,
    Next,
    Reason,
    Verdict,
)

GROUP = 4


async def test_a_claim_that_passes_is_confirmed_and_names_the_ticket(venue: Venue) -> None:
    verdict = await venue.lane().claim(venue.lane().scan(token(1)))
    assert (verdict.decision, verdict.assurance) == (Decision.ADMIT, Assurance.CONFIRMED)
    assert verdict.ticket is not None
    assert verdict.ticket.id == "5.1"
    assert verdict.performance == TONIGHT


async def test_two_claims_in_one_batch_race_and_one_wins(venue: Venue) -> None:
    first, second = venue.lane("lane-1"), venue.lane("lane-2")
    verdicts = await asyncio.gather(
        first.claim(first.scan(token(1))), second.claim(second.scan(token(1)))
    )
    assert [verdict.decision for verdict in verdicts] == [Decision.ADMIT, Decision.REFUSE]


async def test_two_claims_in_separate_batches_race_and_one_wins(venue: Venue) -> None:
    first, second = venue.lane("lane-1"), venue.lane("lane-2")
    assert (await first.claim(first.scan(token(1)))).passes
    refused = await second.claim(second.scan(token(1)))
    assert (refused.reason, refused.next) == (Reason.ALREADY_USED, Next.CALL_SUPERVISOR)
    assert refused.first_use is not None
    assert refused.first_use.gate == "a"


async def test_many_lanes_race_many_tickets_and_each_ticket_wins_once(venue: Venue) -> None:
    lanes = [venue.lane(f"lane-{number}") for number in range(8)]
    claims = [lane.claim(lane.scan(token(serial))) for serial in range(1, 31) for lane in lanes]
    verdicts = await asyncio.gather(*claims)
    assert sum(verdict.passes for verdict in verdicts) == 30


async def test_a_group_of_four_claimed_as_two_and_three_admits_at_most_four(venue: Venue) -> None:
    first, second = venue.lane("lane-1"), venue.lane("lane-2")
    text = token(1, admits=GROUP)
    pair, three = await asyncio.gather(
        first.claim(first.scan(text, 2)), second.claim(second.scan(text, 3))
    )
    assert (pair.decision, pair.count) == (Decision.ADMIT, 2)
    assert (three.decision, three.reason, three.remaining) == (
        Decision.REFUSE,
        Reason.LIMIT_REACHED,
        2,
    )
    assert (await second.claim(second.scan(text, 2))).count == 2


async def test_a_retry_of_the_same_claim_gives_the_same_answer(venue: Venue) -> None:
    lane = venue.lane()
    scan = lane.scan(token(1))
    first = await lane.claim(scan)
    venue.hand.go(700)
    assert await lane.claim(scan) == first
    assert len(venue.claims()) == 1


async def test_one_id_never_claims_two_entries(venue: Venue) -> None:
    lane = venue.lane()
    scan = lane.scan(token(1))
    await lane.claim(scan)
    with pytest.raises(Duplicate):
        await lane.claim(replace(scan, text=token(2)))
    assert venue.claims(2) == []


async def test_a_claim_after_its_check_in_gets_no_second_ordinal(venue: Venue) -> None:
    lane = venue.lane()
    scan = lane.scan(token(1, admits=2), 1)
    lane.admits_alone(scan)
    await lane.upload()
    with pytest.raises(FixRequest):
        await lane.claim(scan)
    assert len(venue.claims()) == 1


async def test_the_check_in_settles_its_own_claim(venue: Venue) -> None:
    lane = venue.lane()
    scan = lane.scan(token(1))
    lane.shows(scan, await lane.claim(scan))
    answer = await lane.upload()
    assert (answer.sequence, answer.outcomes[0].accepted) == (1, True)
    assert venue.claims() == [(1, scan.id, ClaimState.SETTLED)]


async def test_the_next_claim_of_the_device_takes_over_its_open_ordinal(venue: Venue) -> None:
    lane = venue.lane()
    first = await lane.claim(lane.scan(token(1)))
    again = lane.scan(token(1))
    second = await lane.claim(again)
    assert second.passes
    assert venue.claims() == [(1, again.id, ClaimState.OPEN)]
    assert [v.assurance for v in (first, second)] == [Assurance.CONFIRMED, Assurance.PROVISIONAL]
    assert await lane.claim(again) == second, "a retry has the same answer"


async def test_an_id_whose_ordinal_was_taken_over_claims_nothing_any_more(venue: Venue) -> None:
    lane = venue.lane()
    late = lane.scan(token(1))
    await lane.claim(late)
    await lane.claim(lane.scan(token(1)))
    with pytest.raises(FixRequest):
        await lane.claim(late)


async def test_the_next_check_in_of_the_device_takes_over_its_open_ordinal(venue: Venue) -> None:
    lane = venue.lane()
    await lane.claim(lane.scan(token(1)))
    alone = lane.scan(token(1))
    lane.admits_alone(alone)
    answer = await lane.upload()
    assert not answer.outcomes[0].conflict
    assert venue.claims() == [(1, alone.id, ClaimState.SETTLED)]


async def test_an_open_claim_for_entry_is_not_taken_over_by_an_exit(venue: Venue) -> None:
    lane = venue.lane()
    entry = lane.scan(token(1))
    await lane.claim(entry)
    leaving = lane.scan(token(1))
    assert (await lane.claim(leaving, direction=Direction.EXIT)).next is Next.LET_OUT
    assert [place[0] for place in venue.claims()] == [1, 2]


async def test_rows_owed_with_a_claim_are_settled_first(venue: Venue) -> None:
    lane = venue.lane()
    lane.admits_alone(lane.scan(token(1)))
    refused = await lane.claim(lane.scan(token(1)), owed=lane.rows)
    assert refused.reason is Reason.ALREADY_USED
    answer = await lane.upload()
    assert [outcome.accepted for outcome in answer.outcomes] == [True]
    assert len(venue.claims()) == 1


async def test_an_undo_owed_with_a_claim_frees_the_entry_for_it(venue: Venue) -> None:
    lane = venue.lane()
    sent_away = lane.admits_alone(lane.scan(token(1)))
    await lane.upload()
    undo = lane.names(Kind.UNDO, sent_away.id)
    assert undo.of == sent_away.id
    assert (await lane.claim(lane.scan(token(1)), owed=lane.rows[1:])).passes


async def test_a_claim_given_back_is_free_for_others(venue: Venue) -> None:
    first, second = venue.lane("lane-1"), venue.lane("lane-2")
    scan = first.scan(token(1))
    await first.claim(scan)
    await venue.committer.quick(lambda work: give_back(work, DeviceId("lane-2"), scan.id))
    assert not (await second.claim(second.scan(token(1)))).passes
    await venue.committer.quick(lambda work: give_back(work, first.device, scan.id))
    assert (await second.claim(second.scan(token(1)))).passes
    with pytest.raises(FixRequest):
        await first.claim(scan)


async def test_a_claim_given_back_before_it_arrives_gets_nothing(venue: Venue) -> None:
    lane = venue.lane()
    scan = lane.scan(token(1))
    await venue.committer.quick(lambda work: give_back(work, lane.device, scan.id))
    with pytest.raises(FixRequest):
        await lane.claim(scan)
    assert venue.claims() == []


async def test_a_reported_refusal_frees_the_claim_of_its_id(venue: Venue) -> None:
    lane, other = venue.lane(), venue.lane("lane-2")
    scan = lane.scan(token(1))
    granted = await lane.claim(scan)
    shown = replace(granted, decision=Decision.REFUSE, reason=Reason.STALE_DATA, count=0)
    lane.shows(scan, shown)
    await lane.upload()
    assert (await other.claim(other.scan(token(1)))).passes


async def test_a_supervisor_releases_a_silent_devices_claim(venue: Venue) -> None:
    lane, other = venue.lane(), venue.lane("lane-2")
    scan = lane.scan(token(1))
    await lane.claim(scan)
    await venue.committer.write(lambda work: release(work, scan.id))
    assert (await other.claim(other.scan(token(1)))).passes
    with pytest.raises(FixRequest):
        await venue.committer.write(lambda work: release(work, scan.id))


async def test_a_claim_never_runs_out(venue: Venue) -> None:
    lane, other = venue.lane(), venue.lane("lane-2")
    await lane.claim(lane.scan(token(1)))
    venue.hand.go(60 * 60 * 1000)
    await venue.apply()
    assert not (await other.claim(other.scan(token(1)))).passes


async def test_after_a_crash_between_commit_and_answer_the_same_devices_guest_gets_in(
    venue: Venue,
) -> None:
    lane, other = venue.lane(), venue.lane("lane-2")
    asked = asyncio.ensure_future(lane.claim(lane.scan(token(1))))
    await asyncio.sleep(0)
    asked.cancel()
    await venue.restart()
    assert [state for _, _, state in venue.claims()] == [ClaimState.OPEN]
    assert not (await other.claim(other.scan(token(1)))).passes
    again = lane.scan(token(1))
    assert (await lane.claim(again)).passes
    assert venue.claims() == [(1, again.id, ClaimState.OPEN)]


async def test_cancelled_beats_already_used(venue: Venue) -> None:
    lane = venue.lane()
    await lane.admits(token(1))
    await venue.apply(revocations=(cancelled(1),))
    other = venue.lane("lane-2")
    assert (await other.claim(other.scan(token(1)))).reason is Reason.CANCELLED


async def test_a_reissued_code_of_a_used_ticket_is_already_used(venue: Venue) -> None:
    await venue.lane().admits(token(1))
    await venue.apply(listings=(listing(1), listing(2, ticket=1)))
    other = venue.lane("lane-2")
    assert (await other.claim(other.scan(token(2)))).reason is Reason.ALREADY_USED


async def test_a_bad_item_in_a_batch_does_not_disturb_its_neighbours(venue: Venue) -> None:
    lane = venue.lane()
    strange = replace(lane.scan(token(2)), id=CheckInId("nonsense"))
    lost = replace(lane, gate=replace(lane.gate, id="nowhere"))
    good, bad, worse, last = await asyncio.gather(
        lane.claim(lane.scan(token(1))),
        lane.claim(strange),
        lost.claim(lane.scan(token(3))),
        lane.claim(lane.scan(token(4))),
        return_exceptions=True,
    )
    assert isinstance(bad, FixRequest)
    assert isinstance(worse, FixRequest)
    assert isinstance(good, Verdict)
    assert isinstance(last, Verdict)
    assert good.passes
    assert last.passes
