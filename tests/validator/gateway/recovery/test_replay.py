"""What lanes give back is laid over the backup; it can only make a gateway refuse more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from doubles.evening import TONIGHT
from doubles.gateway.committer_with_devices import (
    FEED,
    Venue,
    cancelled,
    listing,
    signing_catalogue,
    token,
)
from validator.feed import Cursor, Delta, Epoch, open_frame, seal
from validator.gateway.backup.contents import copy_database
from validator.gateway.ledger.epochs import begin_epoch
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.ledger.uploads import take_upload
from validator.gateway.recovery.replay import genuine_frame, portions, replay
from validator.gateway.store.devices import DeviceRecord
from validator.gateway.trust.device_ids import lost_id, new_id
from validator.keys import SigningKey
from validator.model import Assignment, Assurance, Decision, DeviceId, KeyState, Reason, Serial
from validator.wire.messages import Position
from validator.wire.rows import entry_row

KNOWN = DeviceId("lane-1")


class Twin:
    """A venue, and the one that its backup becomes.

    Attributes:
        lost: The venue that goes on after the backup, until its machine dies.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lives = 0
        self.lost = Venue(folder / "lost.sqlite")

    async def start(self) -> Twin:
        """Open the doors, with one device enrolled."""
        await self.lost.start()
        await enrolled(self.lost, KNOWN)
        return self

    def back_up(self) -> None:
        """Keep the state of now."""
        copy_database(self._folder / "lost.sqlite", self._folder / "kept.sqlite")
        self.lost.frames.clear()

    async def restored(self, random: bytes = b"restored") -> Venue:
        """Return a venue that goes on from the backup, in a new epoch."""
        self._lives += 1
        path = self._folder / f"restored-{self._lives}.sqlite"
        copy_database(self._folder / "kept.sqlite", path)
        venue = Venue(path)
        venue.entropy_from(1_000 * self._lives)
        with venue.store.transaction() as session:
            begin_epoch(session, 0, random)
            session.restoration.expect([KNOWN], venue.hand.clock.now())
        return await venue.start()

    def held(self) -> list[bytes]:
        """Return what a lane that heard everything holds of the time after the backup."""
        return [sealed for _, sealed in self.lost.frames]


async def enrolled(venue: Venue, device: DeviceId) -> None:
    """Write a device down, as enrolment does."""
    record = DeviceRecord(device, "Handheld", "a", device.encode() * 4, venue.hand.clock.now())
    await venue.committer.write(lambda work: work.session.devices.put(record))


async def give_back(venue: Venue, frames: Iterable[bytes]) -> tuple[DeviceId, ...]:
    """Hand frames to a restored venue; return who turned out to be revoked."""
    opened = [frame for sealed in frames if (frame := genuine_frame(sealed, FEED.public))]
    revoked: list[DeviceId] = []
    for portion in portions(opened):
        revoked += await venue.committer.write(partial(replay, pieces=portion))
    return tuple(revoked)


CANCELLATIONS = f"cancellations.{TONIGHT}"


@pytest.fixture
async def twin(tmp_path: Path) -> AsyncIterator[Twin]:
    pair = await Twin(tmp_path).start()
    yield pair
    await pair.lost.stop()


def rise(work: UnitOfWork, random: bytes) -> None:
    """Begin an epoch that is far above."""
    begin_epoch(work.session, 7, random)


def come(work: UnitOfWork) -> None:
    """Have the awaited device come back."""
    work.session.restoration.came(KNOWN, work.now)
    work.cache.forget()


async def test_a_ticket_cancelled_after_the_backup_stays_cancelled(twin: Twin) -> None:
    twin.back_up()
    twin.lost.hand.go(5_000)
    await twin.lost.apply(revocations=(cancelled(1),))
    venue = await twin.restored()
    lane = venue.lane()
    await give_back(venue, twin.held())
    assert (await lane.claim(lane.scan(token(1)))).reason is Reason.CANCELLED
    # Its box office was put back, too: it takes back what it has never heard of.
    await venue.apply(lifted=(Serial(TONIGHT, 1),))
    assert (await lane.claim(lane.scan(token(1)))).reason is Reason.CANCELLED
    # Once it has said so itself, it is believed again.
    await venue.apply(revocations=(cancelled(1),))
    await venue.apply(lifted=(Serial(TONIGHT, 1),))
    assert (await lane.claim(lane.scan(token(1)))).decision is Decision.ADMIT
    await venue.stop()


async def test_what_was_taken_back_after_the_backup_follows_the_later_word(twin: Twin) -> None:
    await twin.lost.apply(revocations=(cancelled(2),))
    twin.back_up()
    await twin.lost.apply(revocations=(cancelled(1),))
    await twin.lost.apply(lifted=(Serial(TONIGHT, 1), Serial(TONIGHT, 2)))
    venue = await twin.restored()
    lane = venue.lane()
    await give_back(venue, twin.held())
    assert (await lane.claim(lane.scan(token(1)))).decision is Decision.ADMIT
    # What the backup itself knows is for the box office to take back.
    assert (await lane.claim(lane.scan(token(2)))).reason is Reason.CANCELLED
    await venue.stop()


async def test_a_ticket_cancelled_anew_after_the_backup_is_not_lifted_by_old_news(
    twin: Twin,
) -> None:
    await twin.lost.apply(revocations=(cancelled(1),))
    twin.back_up()
    await twin.lost.apply(lifted=(Serial(TONIGHT, 1),))
    twin.lost.hand.go(60_000)
    await twin.lost.apply(revocations=(cancelled(1),))
    venue = await twin.restored()
    await give_back(venue, twin.held())
    await venue.apply(lifted=(Serial(TONIGHT, 1),))
    lane = venue.lane()
    assert (await lane.claim(lane.scan(token(1)))).reason is Reason.CANCELLED
    await venue.stop()


async def test_a_snapshot_says_as_much_as_the_changes_that_it_replaced(twin: Twin) -> None:
    twin.back_up()
    await twin.lost.apply(revocations=(cancelled(1), cancelled(2)), listings=(listing(3),))
    frames = [
        *twin.lost.backlog.frames_since(Position(CANCELLATIONS, 0, 0, 0)),
        *twin.lost.backlog.frames_since(Position(f"tickets.{TONIGHT}", 0, 0, 0)),
    ]
    venue = await twin.restored()
    for _ in range(2):
        await give_back(venue, frames)
    lane = venue.lane()
    assert (await lane.claim(lane.scan(token(2)))).reason is Reason.CANCELLED
    shown = await lane.claim(lane.scan(token(3)))
    assert shown.ticket is not None
    assert shown.ticket.number == "N-3"
    await venue.stop()


async def test_a_used_ticket_is_refused_before_its_lane_has_delivered(twin: Twin) -> None:
    twin.back_up()
    dead = twin.lost.lane("lane-2")
    await dead.admits(token(1))
    await twin.lost.uses_publisher.cut()
    venue = await twin.restored()
    await give_back(venue, twin.held())
    lane = venue.lane()
    assert (await lane.claim(lane.scan(token(1)))).reason is Reason.ALREADY_USED
    with venue.store.reading() as session:
        assert [tally.people for tally in session.uses.tallies()] == [1]
    # Then it does deliver: told once, counted once.
    answer = await take_upload(venue.committer, DeviceId("lane-2"), dead.rows)
    assert [outcome.accepted for outcome in answer.outcomes] == [True]
    with venue.store.reading() as session:
        assert [tally.people for tally in session.uses.tallies()] == [1]
        assert session.totals.conflicts() == 0
    await venue.stop()


async def test_a_device_revoked_after_the_backup_stays_revoked(twin: Twin) -> None:
    twin.back_up()
    await twin.lost.committer.write(
        lambda work: work.put_entries([Assignment(KNOWN, "a", revoked=True)])
    )
    venue = await twin.restored()
    assert await give_back(venue, twin.held()) == (KNOWN,)
    with venue.store.reading() as session:
        record = session.devices.find(KNOWN)
        assert record is not None
        assert record.revoked
        assert session.restoration.awaited() == ()
    # An older word does not let it in again.
    await give_back(venue, [other_life(Assignment(KNOWN, "a"))])
    catalogue = await venue.committer.read(lambda work: work.catalogue)
    assert catalogue.assignments[KNOWN].revoked
    await venue.stop()


def other_life(place: Assignment) -> bytes:
    """Return a genuine frame of an epoch that nobody has told of."""
    frame = Delta("catalogue", Cursor(Epoch(1, 99), 7), bytes(32), (entry_row(place),))
    return seal(frame, FEED)


async def test_a_late_device_is_awaited_and_its_id_is_given_to_nobody_else(twin: Twin) -> None:
    twin.back_up()
    late = DeviceId("lane-7")
    await enrolled(twin.lost, late)
    await twin.lost.committer.write(lambda work: work.put_entries([Assignment(late, "a")]))
    venue = await twin.restored(b"\xab\xcdstored")
    await give_back(venue, twin.held())
    with venue.store.reading() as session:
        assert session.restoration.awaited() == (KNOWN, late)
    assert await venue.committer.write(new_id) == "lane-2-abcd"
    assert await venue.committer.write(lambda work: lost_id(work, late)) == late
    for wrong in (KNOWN, "admin", "lane-0", None):
        assert await venue.committer.write(partial(lost_id, before=wrong)) is None
    await venue.stop()


async def test_before_any_restore_nobody_chooses_an_id(twin: Twin) -> None:
    assert await twin.lost.committer.write(lambda work: lost_id(work, "lane-9")) is None
    assert await twin.lost.committer.write(new_id) == "lane-3"


async def test_a_key_whose_private_half_is_gone_becomes_retired(twin: Twin) -> None:
    twin.back_up()
    key = signing_catalogue().keys[1]
    new = replace(key, kid=2, public=SigningKey.from_seed(b"n" * 32).public)
    await twin.lost.apply(entries=(replace(key, state=KeyState.COMPROMISED), new))
    venue = await twin.restored()
    await give_back(venue, twin.held())
    keys = (await venue.committer.read(lambda work: work.catalogue)).keys
    assert (keys[1].state, keys[2].state) == (KeyState.COMPROMISED, KeyState.RETIRED)
    # A box office that has forgotten it does not make the key good again, nor narrower.
    await venue.apply(entries=(replace(key, scopes=(TONIGHT,)),))
    after = (await venue.committer.read(lambda work: work.catalogue)).keys[1]
    assert (after.state, after.scopes) == (KeyState.COMPROMISED, tuple(sorted(key.scopes)))
    await venue.stop()


async def test_verdicts_are_provisional_while_a_device_is_awaited(twin: Twin) -> None:
    twin.back_up()
    venue = await twin.restored()
    lane = venue.lane()
    scan = lane.scan(token(1))
    shown = await lane.claim(scan)
    assert (shown.decision, shown.assurance) == (Decision.ADMIT, Assurance.PROVISIONAL)
    assert await lane.claim(scan) == shown

    await venue.committer.write(come)
    assert (await lane.claim(lane.scan(token(2)))).assurance is Assurance.CONFIRMED
    await venue.stop()


async def test_frames_of_another_venue_or_altered_ones_are_not_heard(twin: Twin) -> None:
    twin.back_up()
    await twin.lost.apply(revocations=(cancelled(1),))
    venue = await twin.restored()
    rival = SigningKey.from_seed(b"r" * 32)
    for sealed in twin.held():
        frame = open_frame(sealed, FEED.public)
        await give_back(venue, [seal(frame, rival), sealed[:-1] + b"\0", b"", b"x" * 100])
    lane = venue.lane()
    assert (await lane.claim(lane.scan(token(1)))).decision is Decision.ADMIT
    await venue.stop()


async def test_an_old_frame_that_is_played_again_changes_nothing(twin: Twin) -> None:
    await twin.lost.apply(revocations=(cancelled(1),), listings=(listing(2, seat="A 1"),))
    old = twin.held()
    await twin.lost.apply(lifted=(Serial(TONIGHT, 1),), listings=(listing(2, seat="B 2"),))
    twin.back_up()
    venue = await twin.restored()
    before = len(venue.frames)
    await give_back(venue, old)
    assert len(venue.frames) == before
    lane = venue.lane()
    assert (await lane.claim(lane.scan(token(1)))).decision is Decision.ADMIT
    await venue.stop()


async def test_an_older_life_only_fills_gaps(twin: Twin) -> None:
    """Two restores of one backup: what the second knows better stands."""
    await twin.lost.apply(listings=(listing(1),))
    twin.back_up()
    first = await twin.restored(b"first   ")
    await first.apply(listings=(listing(1, seat="G 1"), listing(8)), revocations=(cancelled(5),))
    offered = [sealed for _, sealed in first.frames]
    await first.stop()
    second = await twin.restored(b"second  ")

    for random in (b"higher  ", b"highest "):
        await second.committer.write(partial(rise, random=random))
    await give_back(second, offered)
    lane = second.lane()
    assert (await lane.claim(lane.scan(token(5)))).reason is Reason.CANCELLED
    with second.store.reading() as session:
        (known,) = session.listings.of_keys((Serial(TONIGHT, 1),))
        (added,) = session.listings.of_keys((Serial(TONIGHT, 8),))
    assert (known.ticket.seat, added.ticket.number) == ("F 12", "N-8")
    await second.stop()


async def test_a_frame_that_nothing_can_be_made_of_does_not_stop_the_others(twin: Twin) -> None:
    twin.back_up()
    await twin.lost.apply(revocations=(cancelled(1),))
    venue = await twin.restored()
    odd = Delta(CANCELLATIONS, Cursor(Epoch(1, 98), 1), bytes(32), ((b"c?", None),))
    await give_back(venue, [seal(odd, FEED), *twin.held()])
    lane = venue.lane()
    assert (await lane.claim(lane.scan(token(1)))).reason is Reason.CANCELLED
    await venue.stop()
