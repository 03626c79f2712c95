"""A lane at a gate that counts who goes through, with its journal on a real disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from doubles.clock.hand_clock import HandClock
from doubles.evening import DEVICE, GATE, NOW
from doubles.gateway.committer_with_devices import signing_catalogue, token
from doubles.gateway.feed_source import CODE_KEY, FEED_KEY, FeedSource
from offline_cache.cache import Cache
from offline_cache.identity.identity import Identity
from scanner.lane.lane import Lane
from validator.admission import Shown, read_scan
from validator.model import (
    Assignment,
    CheckIn,
    CheckInId,
    CountMode,
    Entry,
    Fault,
    Scan,
    UseState,
    Verdict,
)
from validator.wire.codec import unpack
from validator.wire.messages import ClaimRequest
from validator.wire.rows import entry_row


class Alone:
    """A link that is down, a light that nobody looks at."""

    connected = False
    offset_ms: int | None = None

    async def claim(self, request: ClaimRequest) -> Verdict | None:
        return None

    def give_back(self, id: CheckInId) -> None: ...

    def wake(self) -> None: ...

    def show(self, shown: Shown | Fault, elapsed_ms: float) -> None: ...


class CountingDoor:
    """A lane at a gate that counts who goes through; its power may fail."""

    def __init__(self, folder: Path) -> None:
        self.hand, self._folder, self._numbers = HandClock(), folder, iter(range(1, 1_000))
        self.start()
        source, evening = FeedSource(), signing_catalogue()
        self.cache.knowledge.apply(source.snapshot("catalogue"))
        entries: list[Entry] = [*evening.performances.values(), *evening.keys.values()]
        gate = replace(GATE, count_mode=CountMode.HOLD)
        rows = map(entry_row, (*entries, gate, Assignment(DEVICE, "a")))
        self.cache.knowledge.apply(source.delta("catalogue", *rows))

    def start(self) -> None:
        identity = Identity(DEVICE, "secret", "localhost:8443", "PEM", FEED_KEY.public, CODE_KEY)
        path = self._folder / "cache.sqlite"
        self.cache = Cache.open(path, self.hand.clock, identity, "boot-1")
        entropy = lambda size: next(self._numbers).to_bytes(size, "big")  # noqa: E731
        self.lane = Lane(DEVICE, self.cache, Alone(), Alone(), self.hand.clock, entropy)

    def restart(self) -> None:
        self.cache.close()
        self.start()

    def after(self, seconds: int) -> None:
        self.hand.go(seconds * 1_000)

    async def scan(self, text: str, count: int | None = None) -> Shown:
        self.after(6)
        shown = await self.lane.take(text, count=count)
        assert isinstance(shown, Shown)
        return shown

    @property
    def events(self) -> list[CheckIn]:
        return [unpack(CheckIn, row.body) for row in self.cache.owed()]


def people(door: CountingDoor, text: str = token(1, admits=4)) -> list[tuple[int, UseState]]:
    reading = read_scan(Scan(CheckInId("x"), text, NOW), door.cache.ring)
    facts = door.cache.facts(reading, GATE, NOW)
    return [(use.count, use.state) for use in facts.uses]


GROUP = token(1, admits=4)
