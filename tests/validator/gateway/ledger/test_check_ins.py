import contextlib
import sqlite3
from dataclasses import replace

import pytest

from doubles.evening import NOW, TONIGHT
from doubles.gateway.committer_with_devices import FEED, Venue, token
from validator.errors import NotAllowed
from validator.gateway.ledger.check_ins import take_reports
from validator.gateway.ledger.claims import give_back, release
from validator.gateway.ledger.uploads import take_upload
from validator.gateway.ledger.verification import verify_journals
from validator.gateway.store.claims import ClaimState
from validator.gateway.store.devices import DeviceRecord
from validator.model import (
    Decision,
    DeviceId,
    Direction,
    Kind,
    Reason,
    Serial,
    UseState,
)
from validator.wire.journal import row_hash
from validator.wire.messages import JournalRow


def broken(venue: Venue) -> int | None:
    with venue.store.reading() as session:
        return next(verify_journals(session, FEED.public)).broken


async def test_a_journal_is_stored_once_however_often_it_comes(venue: Venue) -> None:
    lane = venue.lane()
    for serial in range(1, 8):
        lane.admits_alone(lane.scan(token(serial)))
    first = await lane.upload()
    assert first.sequence == 7
    assert await lane.upload() == first
    with venue.store.reading() as session:
        assert len(session.journal.after(0, 100)) == 7


async def test_a_long_journal_is_taken_in_parts(venue: Venue) -> None:
    lane = venue.lane()
    for serial in range(1, 241):
        lane.admits_alone(lane.scan(token(serial)))
    answer = await lane.upload()
    assert answer.sequence == 240
    assert all(outcome.accepted for outcome in answer.outcomes)
    assert len(answer.outcomes) == 240
    assert broken(venue) is None


async def test_what_comes_after_a_gap_waits_for_what_is_missing(venue: Venue) -> None:
    lane = venue.lane()
    for serial in range(1, 5):
        lane.admits_alone(lane.scan(token(serial)))
    answer = await take_upload(venue.committer, lane.device, [lane.rows[0], *lane.rows[2:]])
    assert (answer.sequence, len(answer.outcomes)) == (1, 1)
    assert (await lane.upload()).sequence == 4


async def test_one_bad_row_is_kept_and_blocks_nothing(venue: Venue) -> None:
    lane = venue.lane()
    lane.admits_alone(lane.scan(token(1)))
    lane.append_body(b"\xc1 no check-in")
    lane.append_body(b"\x81\x90\x01")
    lane.append_body(b"\xc4" + bytes([255]) * 5_000)
    lane.admits_alone(lane.scan(token(2)), at=-5)
    lane.admits_alone(lane.scan(token(2)), at=1 << 62)
    lane.admits_alone(lane.scan(token(2)), device="lane-9")
    lane.admits_alone(lane.scan(token(2)), payload=b"junk")
    lane.admits_alone(lane.scan(token(2)))
    answer = await lane.upload()
    accepted = [outcome.accepted for outcome in answer.outcomes]
    assert accepted == [True, False, False, False, False, False, False, False, True]
    assert all(outcome.why for outcome in answer.outcomes if not outcome.accepted)
    assert answer.sequence == 9
    assert await lane.upload() == answer
    with venue.store.reading() as session:
        row = session.device_rows.find(lane.device, 2, lane.rows[1].hash)
    assert row is not None
    assert row.body == b"\xc1 no check-in"


async def test_a_damaged_row_is_kept_and_the_next_one_continues_the_chain(venue: Venue) -> None:
    lane = venue.lane()
    for serial in range(1, 4):
        lane.admits_alone(lane.scan(token(serial)))
    lane.rows[1] = replace(lane.rows[1], body=lane.rows[1].body + b"?")
    answer = await lane.upload()
    assert [outcome.accepted for outcome in answer.outcomes] == [True, False, True]
    assert answer.sequence == 3


async def test_rows_that_a_device_has_lost_are_told_and_hold_nothing_up(venue: Venue) -> None:
    lane = venue.lane()
    for serial in range(1, 6):
        lane.admits_alone(lane.scan(token(serial)))
    first, *_, lost, last = lane.rows
    gap = replace(lost, previous=first.hash, body=b"")
    answer = await take_upload(venue.committer, lane.device, [first, gap, last])
    assert [outcome.accepted for outcome in answer.outcomes] == [True, False, True]
    assert "after row 1 is lost" in answer.outcomes[1].why
    assert answer.sequence == 5
    leap = JournalRow(NOW, last.hash, row_hash(last.hash, b""), b"")
    assert (await take_upload(venue.committer, lane.device, [leap])).sequence == NOW


async def test_rows_that_a_device_has_lost_and_the_gateway_has_are_not_missing(
    venue: Venue,
) -> None:
    lane = venue.lane()
    for serial in range(1, 6):
        lane.admits_alone(lane.scan(token(serial)))
    await lane.upload()
    first, *_, lost, last = lane.rows
    gap = replace(lost, previous=first.hash, body=b"")
    answer = await take_upload(venue.committer, lane.device, [first, gap, last])
    assert [outcome.accepted for outcome in answer.outcomes] == [True, True, True]


async def test_a_journal_that_was_rewritten_is_kept_beside_the_first_one(venue: Venue) -> None:
    lane = venue.lane()
    lane.admits_alone(lane.scan(token(1)))
    await lane.upload()
    forged = venue.lane()
    forged.admits_alone(forged.scan(token(2)))
    answer = await forged.upload()
    assert [outcome.accepted for outcome in answer.outcomes] == [False]
    assert venue.uses(2) == ()


async def test_a_row_of_another_chain_is_not_accepted(venue: Venue) -> None:
    lane, other = venue.lane(), venue.lane()
    lane.admits_alone(lane.scan(token(1)))
    await lane.upload()
    other.admits_alone(other.scan(token(2)))
    other.admits_alone(other.scan(token(3)))
    answer = await take_upload(venue.committer, lane.device, other.rows[1:])
    assert [outcome.accepted for outcome in answer.outcomes] == [False]


async def revoke(venue: Venue, device: DeviceId) -> None:
    record = DeviceRecord(device, "Handheld", "", b"hash", venue.hand.clock.now(), revoked=True)
    await venue.committer.write(lambda work: work.session.devices.put(record))


async def test_a_second_check_in_with_a_stored_id_is_not_accepted(venue: Venue) -> None:
    lane = venue.lane()
    scan = lane.scan(token(1))
    lane.admits_alone(scan)
    lane.admits_alone(replace(scan, text=token(2)))
    assert [outcome.accepted for outcome in (await lane.upload()).outcomes] == [True, False]
    assert len(venue.uses()) == 1


async def test_the_journal_of_a_revoked_device_is_kept_and_counts_nowhere(venue: Venue) -> None:
    lane = venue.lane()
    lane.admits_alone(lane.scan(token(1)))
    await revoke(venue, lane.device)
    assert (await lane.upload()).sequence == 1
    assert venue.uses() == ()
    with venue.store.reading() as session:
        row = session.device_rows.find(lane.device, 1, lane.rows[0].hash)
    assert row is not None
    assert row.quarantined
    assert row.body == lane.rows[0].body


async def test_a_revoked_device_claims_and_gives_back_nothing(venue: Venue) -> None:
    lane, other = venue.lane(), venue.lane("lane-2")
    held = lane.scan(token(1))
    await lane.claim(held)
    await revoke(venue, lane.device)
    with pytest.raises(NotAllowed):
        await lane.claim(lane.scan(token(2)))
    with pytest.raises(NotAllowed):
        await venue.committer.quick(lambda work: give_back(work, lane.device, held.id))
    assert (await other.claim(other.scan(token(2)))).decision is Decision.ADMIT
    assert (await other.claim(other.scan(token(1)))).reason is Reason.ALREADY_USED


async def test_the_corrected_time_counts(venue: Venue) -> None:
    lane = venue.lane()
    lane.offset_ms = -90_000
    lane.admits_alone(lane.scan(token(1)))
    await lane.upload()
    assert [use.at for use in venue.uses()] == [venue.hand.clock.now() - 90_000]


async def test_an_undo_takes_the_use_back_and_frees_the_ticket(venue: Venue) -> None:
    lane, other = venue.lane(), venue.lane("lane-2")
    shown = lane.admits_alone(lane.scan(token(1)))
    lane.names(Kind.UNDO, shown.id)
    await lane.upload()
    assert venue.uses() == ()
    assert (await other.claim(other.scan(token(1)))).passes


async def test_an_undo_that_comes_before_its_check_in_is_remembered(venue: Venue) -> None:
    lane = venue.lane()
    scan = lane.scan(token(1))
    granted = await lane.claim(scan)
    shown = lane.shows(scan, granted)
    undo = lane.names(Kind.UNDO, shown.id)
    await take_reports(venue.committer, lane.device, [undo])
    await take_reports(venue.committer, lane.device, [shown])
    assert venue.uses() == ()
    other = venue.lane("lane-2")
    assert (await other.claim(other.scan(token(1)))).passes


async def test_a_hold_counts_as_entered_until_it_is_released(venue: Venue) -> None:
    lane, other = venue.lane(), venue.lane("lane-2")
    scan = lane.scan(token(1))
    held = lane.shows(scan, await lane.claim(scan), kind=Kind.HOLD)
    await lane.upload()
    assert [use.state for use in venue.uses()] == [UseState.HELD]
    assert not (await other.claim(other.scan(token(1)))).passes
    lane.names(Kind.RELEASE, held.id)
    await lane.upload()
    assert (await other.claim(other.scan(token(1)))).passes


@pytest.mark.parametrize("first", [Kind.HOLD, Kind.CONFIRM])
async def test_a_hold_is_confirmed_with_the_people_who_passed(venue: Venue, first: Kind) -> None:
    lane = venue.lane()
    scan = lane.scan(token(1, admits=4))
    held = lane.shows(scan, await lane.claim(scan), kind=Kind.HOLD)
    confirm = lane.names(Kind.CONFIRM, held.id, count=3)
    order = [held, confirm] if first is Kind.HOLD else [confirm, held]
    for event in order:
        assert (await take_reports(venue.committer, lane.device, [event]))[0].accepted
    assert [(use.state, use.count) for use in venue.uses()] == [(UseState.DONE, 3)]


async def test_an_admission_without_any_known_ticket_still_counts(venue: Venue) -> None:
    lane = venue.lane()
    lane.admits_alone(lane.scan("4006381333931"))
    await lane.upload()
    with venue.store.reading() as session:
        assert sum(tally.people for tally in session.uses.tallies()) == 1


async def test_a_released_claim_whose_check_in_comes_after_all_is_counted(venue: Venue) -> None:
    lane = venue.lane()
    scan = lane.scan(token(1))
    granted = await lane.claim(scan)
    await venue.committer.write(lambda work: release(work, scan.id))
    lane.shows(scan, granted)
    assert (await lane.upload()).outcomes[0].accepted
    with venue.store.reading() as session:
        rows = session.claims.of_ticket(Serial(TONIGHT, 1).ticket())
    assert [(row.claim.ordinal, row.state) for row in rows] == [(2, ClaimState.SETTLED)]


async def test_the_gateways_chain_verifies_and_shows_a_change(venue: Venue) -> None:
    lane = venue.lane()
    for serial in range(1, 6):
        await lane.admits(token(serial))
    assert broken(venue) is None
    with contextlib.closing(sqlite3.connect(venue.path)) as thief:
        thief.execute(
            "UPDATE events SET body = (SELECT body FROM events WHERE seq = 1) WHERE seq = 3"
        )
        thief.commit()
    assert broken(venue) == 3


async def test_a_resumed_verdict_is_counted_once(venue: Venue) -> None:
    lane = venue.lane()
    scan = lane.scan(token(1))
    shown = lane.shows(scan, await lane.claim(scan))
    lane.names(Kind.RESUMED, shown.id)
    await lane.upload()
    assert [use.count for use in venue.uses()] == [1]


async def test_exit_then_entry_again_where_the_gate_allows_it(venue: Venue) -> None:
    garden, out = venue.lane("lane-3", "garden"), venue.lane("lane-4", "out")
    assert (await garden.admits(token(1))).passes
    assert (await garden.claim(garden.scan(token(1)))).reason is Reason.PASSBACK
    assert (await out.admits(token(1))).passes
    assert (await garden.admits(token(1))).passes
    assert [use.direction for use in venue.uses()] == [
        Direction.ENTRY,
        Direction.EXIT,
        Direction.ENTRY,
    ]
