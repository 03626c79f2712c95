"""What every store of the gateway must do with cancellations that wait for a supervisor."""

from doubles.evening import TOMORROW, TONIGHT
from doubles.gateway.committer_with_devices import cancelled, listing
from validator.clock import Instant
from validator.gateway.store.held_cancellations import HeldBack
from validator.gateway.store.port import Store


def test_what_is_held_is_counted_by_performance_and_given_back_as_it_was(store: Store) -> None:
    rows = [cancelled(1), cancelled(2)]
    with store.transaction() as session:
        session.held_cancellations.put("shop", TONIGHT, rows, Instant(100))
        session.held_cancellations.put("shop", TONIGHT, rows, Instant(200))
        session.held_cancellations.put("shop", TOMORROW, [cancelled(3)], Instant(300))
        assert session.held_cancellations.count("shop", TONIGHT) == 2
        assert session.held_cancellations.count("other", TONIGHT) == 0
        assert session.held_cancellations.all() == (
            HeldBack("shop", TONIGHT, 2, Instant(100)),
            HeldBack("shop", TOMORROW, 1, Instant(300)),
        )
        session.held_cancellations.drop(cancelled(3).target)
        held = session.held_cancellations
        taken = held.take("shop", TONIGHT, 1) + held.take("shop", TONIGHT, 9)
        assert [(row.target, row.kind) for row in taken] == [(row.target, row.kind) for row in rows]
        assert session.held_cancellations.all() == ()


def test_a_ticket_with_two_codes_is_counted_once(store: Store) -> None:
    with store.transaction() as session:
        for row in (listing(1), listing(2, ticket=1), listing(3)):
            session.listings.put(row, Instant(100))
        session.listings.drop(listing(3).key, Instant(200))
        assert session.listings.count("box", TONIGHT) == 1
        assert session.listings.count("box", TOMORROW) == 0
