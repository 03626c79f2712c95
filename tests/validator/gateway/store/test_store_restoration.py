"""What every store must keep of a restore; a second one joins in `doubles.store.store_rows`."""

from dataclasses import replace

import pytest

from doubles.evening import NOW, TONIGHT
from validator.errors import FixConfig
from validator.feed import Cursor, Epoch, StreamHead
from validator.gateway.ledger.epochs import begin_epoch, is_restored
from validator.gateway.store.port import Store
from validator.model import DeviceId, Serial

EPOCH = Epoch(3, (1 << 64) - 1)
HELD = StreamHead("catalogue", Cursor(EPOCH, 9), b"d" * 32)
ONE, TWO = DeviceId("lane-1"), DeviceId("lane-2")


def test_each_ended_life_of_a_stream_is_known_by_itself(store: Store) -> None:
    other = replace(HELD, cursor=Cursor(Epoch(3, 7), 1))
    with store.transaction() as session:
        session.restoration.put_ended_head(HELD)
        session.restoration.put_ended_head(other)
        session.restoration.put_ended_head(replace(HELD, cursor=Cursor(EPOCH, 12)))
    with store.reading() as session:
        assert session.restoration.ended_head("catalogue", EPOCH).cursor == Cursor(EPOCH, 12)
        assert session.restoration.ended_head("catalogue", Epoch(3, 7)) == other
        assert session.restoration.ended_head("uses.5", EPOCH) == StreamHead.empty("uses.5")
        assert len(session.restoration.ended_heads()) == 2


def test_a_device_is_awaited_until_it_comes_or_is_written_off(store: Store) -> None:
    with store.transaction() as session:
        restoration = session.restoration
        assert restoration.has_come(ONE)
        restoration.expect([ONE, TWO], NOW)
        assert restoration.awaited() == (ONE, TWO)
        assert not restoration.has_come(ONE)
        restoration.came(ONE, NOW)
        assert restoration.write_off(TWO, NOW, "kim")
        assert not restoration.write_off(TWO, NOW, "kim")
        assert not restoration.write_off(ONE, NOW, "kim")
        restoration.expect([ONE, TWO], NOW)
        assert restoration.awaited() == ()
        # Given up, but it still has something to give.
        assert (restoration.has_come(ONE), restoration.has_come(TWO)) == (True, False)
        restoration.came(TWO, NOW)
        assert restoration.has_come(TWO)


def test_what_devices_alone_refuse_is_marked(store: Store) -> None:
    target = Serial(TONIGHT, 1)
    with store.transaction() as session:
        assert not session.restoration.is_unconfirmed(target)
        session.restoration.mark_unconfirmed(target)
        session.restoration.mark_unconfirmed(target)
        assert session.restoration.is_unconfirmed(target)
        session.restoration.confirm(target)
        assert not session.restoration.is_unconfirmed(target)


def test_a_new_life_lies_above_the_last_and_above_what_was_seen(store: Store) -> None:
    with store.transaction() as session, pytest.raises(FixConfig):
        begin_epoch(session, 0, bytes(8))
    with store.transaction() as session:
        session.streams.enter(Epoch(4, 1))
        session.streams.write(StreamHead("catalogue", Cursor(Epoch(4, 1), 1), b"d" * 32), [], b"x")
        assert not is_restored(session)
        assert begin_epoch(session, 0, b"\0" * 7 + b"\5") == Epoch(5, 5)
        assert is_restored(session)
        assert begin_epoch(session, 11, bytes(8)) == Epoch(12, 0)
        lost = session.restoration.ended_head("catalogue", Epoch(4, 1))
        assert lost.cursor == Cursor(Epoch(4, 1), 1)
