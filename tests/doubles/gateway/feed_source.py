"""The publishing side of the streams, in memory, with a real seal."""

from __future__ import annotations

from collections.abc import Mapping

from doubles.evening import CATALOGUE, DEVICE, NOW
from validator.clock import Instant
from validator.feed import (
    Epoch,
    Heartbeat,
    Row,
    StreamHead,
    begin,
    extend,
    seal,
    snapshot,
    snapshots,
)
from validator.keys import SigningKey
from validator.model import Assignment, Catalogue, Entry
from validator.wire.rows import entry_row

FEED_KEY = SigningKey.from_seed(b"f" * 32)
CODE_KEY = b"k" * 32


class FeedSource:
    """Makes the sealed frames that a gateway would.

    Attributes:
        epoch: Life of the store; raise it to play a restore.
        now: Clock of the next heartbeat.
    """

    def __init__(self, counter: int = 1, key: SigningKey = FEED_KEY) -> None:
        self.epoch = Epoch(counter, 77)
        self.now = Instant(NOW)
        self._key = key
        self._held: dict[str, StreamHead] = {}
        self._rows: dict[str, dict[bytes, bytes]] = {}
        self._deltas: dict[str, list[bytes]] = {}

    def delta(self, stream: str, *rows: Row) -> bytes:
        """Publish changes; return the sealed delta."""
        frame, self._held[stream] = extend(self.held(stream), rows, self.epoch)
        kept = self._rows.setdefault(stream, {})
        for key, value in rows:
            if value is None:
                kept.pop(key, None)
            else:
                kept[key] = value
        sealed = seal(frame, self._key)
        self._deltas.setdefault(stream, []).append(sealed)
        return sealed

    def snapshot(self, stream: str) -> bytes:
        """Return the sealed snapshot of a stream; one without rows is one too."""
        rows = self._rows.get(stream, {})
        return seal(snapshot(self.held(stream), rows.items()), self._key)

    def parts(self, stream: str) -> list[bytes]:
        """Return the sealed snapshot of a stream in as many parts as it takes."""
        rows = self._rows.get(stream, {})
        return [seal(part, self._key) for part in snapshots(self.held(stream), rows.items())]

    def frames_since(self, stream: str, counter: int, sequence: int) -> list[bytes]:
        """Return what brings a follower up to date: deltas, or a snapshot."""
        held = self.held(stream)
        assert held.cursor is not None
        if counter != self.epoch.counter or sequence > held.cursor.sequence:
            return [self.snapshot(stream)]
        return self._deltas.get(stream, [])[sequence:]

    def heartbeat(self, as_of: Mapping[str, Instant] | None = None) -> bytes:
        """Return the next heartbeat, a second after the last.

        Args:
            as_of: Last complete sync by source; None = the box office, a second ago.
        """
        self.now = Instant(self.now + 1_000)
        known = {"box": Instant(self.now - 1_000)} if as_of is None else as_of
        sequences = {name: held.cursor.sequence for name, held in self._held.items() if held.cursor}
        return seal(Heartbeat(self.epoch, self.now, sequences, dict(known)), self._key)

    def held(self, stream: str) -> StreamHead:
        """Return where the publisher stands in a stream."""
        held = begin(self._held.get(stream, StreamHead.empty(stream)), self.epoch)
        self._held[stream] = held
        return held


def entries(catalogue: Catalogue = CATALOGUE, *more: Entry) -> tuple[Row, ...]:
    """Return a catalogue's rows."""
    plain: list[Entry] = [
        *catalogue.performances.values(),
        *catalogue.passes.values(),
        *catalogue.tariffs.values(),
        *catalogue.gates.values(),
        *catalogue.sources.values(),
        *catalogue.keys.values(),
        *catalogue.assignments.values(),
        *more,
    ]
    return tuple(entry_row(entry) for entry in plain)


def evening_rows(gate: str = "a") -> tuple[Row, ...]:
    """Return the evening's catalogue, with the test's device assigned to a gate."""
    return entries(CATALOGUE, Assignment(DEVICE, gate))
