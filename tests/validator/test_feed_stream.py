"""Whole streams: what a follower holds is what the publisher had, whatever arrives and how."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from validator.errors import FrameRefused, FramesMissing
from validator.feed import (
    Cursor,
    Epoch,
    Heartbeat,
    Row,
    StreamHead,
    begin,
    cut,
    extend,
    follow,
    open_frame,
    seal,
    snapshot,
)
from validator.feed.chain import DELTA_BYTES, DELTA_ROWS
from validator.feed.frame import MAX_VALUE_BYTES
from validator.keys import SigningKey

KEY = SigningKey.from_seed(b"k" * 32)
STRANGER = SigningKey.from_seed(b"x" * 32)
STREAM = "tickets.5"
FIRST = Epoch(1, 7)
Rows = dict[bytes, bytes]


def change(rows: Rows, changes: tuple[Row, ...]) -> Rows:
    after = dict(rows)
    for key, value in changes:
        if value is None:
            after.pop(key, None)
        else:
            after[key] = value
    return after


@dataclass
class Publisher:
    """Keeps every sealed frame and every state that ever was."""

    epoch: Epoch = FIRST
    head: StreamHead = field(default_factory=lambda: StreamHead.empty(STREAM))
    rows: Rows = field(default_factory=dict)
    deltas: list[bytes] = field(default_factory=list)
    snapshots: list[bytes] = field(default_factory=list)
    history: dict[Cursor, Rows] = field(default_factory=dict)

    def begin(self, epoch: Epoch) -> None:
        self.epoch = epoch
        self.head = begin(self.head, epoch)
        self._keep()

    def publish(self, changes: tuple[Row, ...]) -> None:
        delta, self.head = extend(self.head, changes, self.epoch)
        self.rows = change(self.rows, changes)
        self.deltas.append(seal(delta, KEY))
        self._keep()

    def _keep(self) -> None:
        assert self.head.cursor is not None
        self.history[self.head.cursor] = dict(self.rows)
        self.snapshots.append(seal(snapshot(self.head, self.rows.items()), KEY))


@dataclass
class Device:
    head: StreamHead = field(default_factory=lambda: StreamHead.empty(STREAM))
    rows: Rows = field(default_factory=dict)

    def take(self, sealed: bytes) -> bool:
        """Return whether the frame changed what is held."""
        try:
            frame = open_frame(sealed, KEY.public)
            assert not isinstance(frame, Heartbeat)
            outcome = follow(self.head, frame)
        except (FrameRefused, FramesMissing):
            return False
        if outcome is None:
            return False
        self.rows = change({} if outcome.replaces else self.rows, outcome.rows)
        self.head = outcome.head
        return True


names = st.integers(0, 12).map(lambda number: b"%d" % number)
changes = st.dictionaries(names, st.none() | st.binary(max_size=3), max_size=6).map(
    lambda rows: tuple(rows.items())
)


@given(st.lists(changes, max_size=12), st.data())
def test_a_stream_applied_in_order_equals_its_snapshot(
    steps: list[tuple[Row, ...]], data: st.DataObject
) -> None:
    publisher = Publisher()
    publisher.begin(FIRST)
    for step in steps:
        publisher.publish(step)
    joined = data.draw(st.integers(0, len(steps)), "joined at")
    device, late = Device(), Device()
    assert device.take(publisher.snapshots[joined])
    assert all(device.take(sealed) for sealed in publisher.deltas[joined:])
    assert late.take(publisher.snapshots[-1])
    assert device == late
    assert device.rows == publisher.rows
    assert device.head == publisher.head


@st.composite
def histories(draw: st.DrawFn) -> Publisher:
    """A publisher that lived through up to three epochs."""
    publisher = Publisher()
    for counter in range(1, draw(st.integers(2, 4))):
        publisher.begin(Epoch(counter, draw(st.integers(0, 3))))
        for step in draw(st.lists(changes, min_size=1, max_size=5)):
            publisher.publish(step)
    return publisher


@given(histories(), st.data())
def test_replayed_reordered_rolled_back_and_gapped_frames_never_make_a_state_that_never_was(
    publisher: Publisher, data: st.DataObject
) -> None:
    known = publisher.deltas + publisher.snapshots
    device, last = Device(), (0, 0)
    for sealed in data.draw(st.lists(st.sampled_from(known), max_size=40)):
        before = (device.head, device.rows)
        if not device.take(sealed):
            assert (device.head, device.rows) == before
            continue
        assert device.head.cursor is not None
        assert device.rows == publisher.history[device.head.cursor]
        place = (device.head.cursor.epoch.counter, device.head.cursor.sequence)
        assert place > last
        last = place
    device.take(publisher.snapshots[-1])
    assert (device.rows, device.head) == (publisher.rows, publisher.head)


@given(histories(), st.data())
def test_forged_frames_never_change_what_is_held(publisher: Publisher, data: st.DataObject) -> None:
    device = Device()
    known = publisher.deltas + publisher.snapshots
    start = data.draw(st.integers(0, len(publisher.snapshots) - 1))
    assert device.take(publisher.snapshots[start])
    before = (device.head, device.rows)
    for sealed in data.draw(st.lists(st.sampled_from(known), max_size=10)):
        forged = bytearray(sealed)
        forged[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
        assert not device.take(bytes(forged))
        assert not device.take(seal(open_frame(sealed, KEY.public), STRANGER))
    assert (device.head, device.rows) == before


def test_a_gateway_restored_without_a_new_epoch_can_not_take_a_cancellation_back() -> None:
    publisher, twin = Publisher(), Publisher()
    for gateway in (publisher, twin):
        gateway.begin(FIRST)
        gateway.publish(((b"guest", b"good"),))
    publisher.publish(((b"cancelled", b"yes"),))
    device = Device()
    assert device.take(publisher.snapshots[-1])
    for number in range(3):
        twin.publish(((b"%d" % number, b"other"),))
        assert not device.take(twin.deltas[-1])
    assert b"cancelled" in device.rows


@given(st.lists(st.tuples(names, st.none() | st.binary(max_size=3)), max_size=30))
def test_cutting_loses_and_reorders_nothing(rows: list[Row]) -> None:
    assert [row for part in cut(rows) for row in part] == rows


def test_a_large_import_is_cut_into_deltas_that_can_be_sealed() -> None:
    many: list[Row] = [(b"%06d" % index, b"") for index in range(DELTA_ROWS + 1)]
    assert [len(part) for part in cut(many)] == [DELTA_ROWS, 1]
    long: list[Row] = [(b"%06d" % index, bytes(MAX_VALUE_BYTES)) for index in range(40)]
    parts = list(cut(long))
    assert all(sum(len(value or b"") for _, value in part) <= DELTA_BYTES for part in parts)
    assert len(parts) == 3
    publisher = Publisher()
    for part in parts:
        publisher.publish(part)
    assert len(publisher.rows) == 40
