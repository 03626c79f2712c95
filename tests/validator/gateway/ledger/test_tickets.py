"""One way to a ticket: however it is asked for, what its newest row says counts."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from doubles.evening import TONIGHT
from doubles.gateway.committer_with_devices import Venue, cancelled, listing, token
from validator.gateway.hooks.messages import Cursor, new_messages
from validator.gateway.ledger.ticket_history import ticket_history
from validator.gateway.ledger.tickets import newest, rows_of, ticket_of
from validator.model import Serial

OLD, NEW = Serial(TONIGHT, 1), Serial(TONIGHT, 7)
TICKET = OLD.ticket()


@pytest.fixture
async def venue(tmp_path: Path) -> AsyncIterator[Venue]:
    """A ticket was reissued: its second row has another seat and another number."""
    venue = await Venue(tmp_path / "gateway.sqlite").start()
    await venue.apply(listings=(listing(1),))
    again = listing(7, ticket=1)
    await venue.apply(
        listings=(replace(again, ticket=replace(again.ticket, seat="A 1", number="N-1B")),)
    )
    yield venue
    await venue.stop()


async def test_every_name_of_a_ticket_leads_to_its_newest_row(venue: Venue) -> None:
    with venue.store.reading() as session:
        assert [row.key for row in rows_of(session, TICKET)] == [OLD, NEW]
        found = ticket_of(session, TICKET)
        assert found is not None and (found.seat, found.number) == ("A 1", "N-1B")
        assert newest(session.listings.of_keys((NEW, OLD))) == found
        assert newest(()) is None


async def test_a_serial_alone_is_told_by_its_own_row(venue: Venue) -> None:
    with venue.store.reading() as session:
        row = ticket_of(session, OLD)
        assert row is not None and row.seat == "F 12"
        assert ticket_of(session, Serial(TONIGHT, 99)) is None


async def test_history_conflict_and_webhook_name_the_same_number(venue: Venue) -> None:
    one, two = venue.lane("lane-1"), venue.lane("lane-2")
    one.admits_alone(one.scan(token(7)))
    two.admits_alone(two.scan(token(7)))
    await one.upload()
    venue.hand.go(1_000)
    await two.upload()
    ((conflict, _),) = venue.told
    assert (conflict.number, conflict.seat) == ("N-1B", "A 1")
    with venue.store.reading() as session:
        begun = Cursor.now(session)
    await venue.apply(revocations=(replace(cancelled(1), target=TICKET),))
    with venue.store.reading() as session:
        history = ticket_history(session, "n-1b")
        _, (told,) = new_messages(session, begun, "Venue", numbers=True)
    assert history is not None and history["seat"] == "A 1"
    assert b'"number": "N-1B"' in told.body
