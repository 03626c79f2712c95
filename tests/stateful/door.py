"""A lane with its real cache, a wire that loses what it is told to, and power that fails."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any

from doubles.clock.hand_clock import HandClock
from doubles.gateway.committer_with_devices import CODE_KEY, FEED
from doubles.lane.crashing import DyingGateway, DyingLight, DyingStore, Moment
from offline_cache.cache import Cache
from offline_cache.identity.identity import Identity
from scanner.lane.lane import Lane
from stateful.house import House
from validator.admission import Shown
from validator.clock import Clock
from validator.errors import FramesMissing
from validator.model import CheckIn, CheckInId, DeviceId, Fault, Verdict
from validator.wire.codec import unpack
from validator.wire.messages import (
    Acknowledged,
    Claimed,
    ClaimRequest,
    GiveBack,
    JournalRow,
    Sealed,
    Upload,
    decode,
    encode,
)


class PowerCut(Exception):
    """The lane is dark."""


class Weather(StrEnum):
    """What becomes of a claim."""

    FAIR = "fair"
    LATE = "late"
    LOST = "lost"
    UNANSWERED = "unanswered"


class Wire:
    """The lane's link: real messages, encoded and decoded."""

    def __init__(self, house: House, device: DeviceId, offset_ms: int) -> None:
        self._house, self._device = house, device
        self.offset_ms: int | None = offset_ms
        self.connected = True
        self.weather = Weather.FAIR
        self.late: list[bytes] = []
        self.back: list[bytes] = []

    async def claim(self, request: ClaimRequest) -> Verdict | None:
        """Ask the gateway, as well as the weather allows."""
        if not self.connected or self.weather is Weather.LOST:
            return None
        sent = encode(request)
        if self.weather is Weather.LATE:
            self.late.append(sent)
            return None
        answer = await self._house.serve(self._device, sent)
        if answer is None or self.weather is Weather.UNANSWERED:
            return None
        claimed = decode(answer)
        assert isinstance(claimed, Claimed)
        return claimed.verdict

    def give_back(self, id: CheckInId) -> None:
        """Send it when there is time."""
        self.back.append(encode(GiveBack(id)))

    def wake(self) -> None:
        """Uploads come when the test says so."""


class Door:
    """A device.

    Attributes:
        shown: What its light has shown.
        boots: How often it was started.
    """

    def __init__(
        self,
        house: House,
        device: str,
        folder: Path,
        hand: HandClock,
        skew_ms: int,
        entropy: Callable[[int], bytes],
    ) -> None:
        self.device = DeviceId(device)
        self.wire = Wire(house, self.device, -skew_ms)
        self.shown: list[Shown] = []
        self.dying: Moment | None = None
        self.boots = 0
        self._house, self._folder, self._entropy = house, folder, entropy
        wall = lambda: (hand.wall_ms + skew_ms) * 1_000_000  # noqa: E731
        self._clock = Clock(wall, hand.clock.boot_ns)
        self.start()

    def start(self) -> None:
        """Begin from what is on disk."""
        identity = Identity(self.device, "secret", "localhost:8443", "PEM", FEED.public, CODE_KEY)
        self.cache = Cache.open(self.path, self._clock, identity, "boot-1")
        self.lane = Lane(
            self.device,
            DyingStore(self.cache, self._at),
            DyingGateway(self.wire, self._at),
            DyingLight(self, self._at),
            self._clock,
            self._entropy,
        )

    def crash(self) -> None:
        """Lose the power and start from the files as they lie."""
        old, self.boots, self.dying = self.path, self.boots + 1, None
        for part in ("", "-wal"):
            if (lying := old.with_name(old.name + part)).exists():
                shutil.copy(lying, self.path.with_name(self.path.name + part))
        self.cache.close()
        self.wire.back.clear()
        self.start()

    async def take(self, text: str, **how: object) -> Shown | Fault | None:
        """Scan; None = the power failed."""
        try:
            return await self.lane.take(text, **how)  # type: ignore[arg-type]
        except PowerCut:
            self.crash()
            return None

    async def connect(self) -> None:
        """Come back, as a session's greeting does."""
        self.wire.connected = True
        with self._house.store.reading() as session:
            self.cache.owe_after(session.device_rows.head(self.device)[0])
        await self.give_back()

    async def give_back(self) -> None:
        """Send the claims that are not used, if there is a link."""
        while self.wire.connected and self.wire.back:
            await self._house.serve(self.device, self.wire.back.pop(0))

    async def upload(self, most: int, heard: bool) -> None:
        """Deliver rows; the acknowledgement may be lost."""
        rows = self.cache.owed(most)
        if rows:
            answer = await self._house.serve(self.device, encode(Upload(rows)))
            acknowledged = decode(answer or b"")
            assert isinstance(acknowledged, Acknowledged)
            assert all(outcome.accepted for outcome in acknowledged.outcomes), acknowledged
            if heard:
                self.cache.acknowledge(acknowledged)

    def follow(self, skipped: int = 0) -> None:
        """Take what the streams have for this lane; the first few frames may be lost."""
        for position in self.cache.knowledge.positions(self.cache.knowledge.place.streams):
            for data in self._house.frames(position)[skipped:]:
                message = decode(data)
                assert isinstance(message, Sealed)
                try:
                    self.cache.knowledge.apply(message.frame)
                except FramesMissing:
                    assert skipped
        if not skipped:
            beat = self._house.heartbeats.heartbeat()
            # A plan that came just now opens more streams: they come with the next visit.
            with suppress(FramesMissing):
                self.cache.knowledge.apply(beat)

    def show(self, shown: Shown | Fault, elapsed_ms: float) -> None:
        """Remember what was lit."""
        if isinstance(shown, Shown):
            self.shown.append(shown)

    def rows(self) -> list[tuple[JournalRow, CheckIn]]:
        """Return the whole journal as it is on disk."""
        found = self._asked("SELECT sequence, previous, hash, body FROM journal ORDER BY sequence")
        return [(JournalRow(*row), unpack(CheckIn, row[3])) for row in found]

    def held(self, stream: str) -> tuple[int, dict[bytes, bytes]]:
        """Return where a stream stands on disk, and its rows."""
        kind = stream.partition(".")[0]
        at = self._asked("SELECT id, sequence FROM streams WHERE name = ?", stream)
        if not at:
            return 0, {}
        ((id, sequence),) = at
        return sequence, dict(self._asked(f"SELECT key, value FROM {kind} WHERE stream = ?", id))

    def _asked(self, question: str, *with_: object) -> list[Any]:
        db = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        try:
            return db.execute(question, with_).fetchall()
        finally:
            db.close()

    def _at(self, now: Moment) -> None:
        if now is self.dying:
            raise PowerCut

    @property
    def path(self) -> Path:
        """The cache's file in this life."""
        return self._folder / f"{self.device}-{self.boots}.sqlite"
