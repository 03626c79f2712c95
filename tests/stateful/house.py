"""The gateway's real store, committer and publisher; its power may fail."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from doubles.clock.hand_clock import HandClock
from doubles.evening import FULL, GATE, KEY, PASS, RETURN, TONIGHT, TONIGHTS
from doubles.gateway.committer_with_devices import CODE_KEY, FEED, ISSUER, RING, token
from validator.admission import read_scan
from validator.errors import FixRequest
from validator.feed import Delta, open_frame
from validator.gateway.feeds.backlog import Backlog
from validator.gateway.feeds.heartbeats import Heartbeats
from validator.gateway.feeds.uses_publisher import UsesPublisher
from validator.gateway.host.feed_keys import FeedKeys
from validator.gateway.ledger.claims import answer_claim, give_back
from validator.gateway.ledger.committer import Committed, Committer
from validator.gateway.ledger.uploads import take_upload
from validator.gateway.sources.followed_source import SourceLedger
from validator.gateway.store.sqlite import SqliteStore
from validator.model import (
    Assignment,
    CheckInId,
    CodeId,
    CountMode,
    DeviceId,
    Listing,
    Opaque,
    Pass,
    Revocation,
    RevocationKind,
    Scan,
    Serial,
    Source,
    Ticket,
    TicketId,
    Token,
)
from validator.ports import Changes, Outcome
from validator.wire.messages import (
    Claimed,
    ClaimRequest,
    GiveBack,
    Position,
    Sealed,
    Upload,
    decode,
    encode,
)

BARCODE = "4006381333931"
TEXTS = {
    TicketId("5.1"): token(1),
    TicketId("5.2"): token(2, admits=4),
    TicketId("9.3"): token(3, scope=PASS),
    TicketId("box:77"): BARCODE,
}
"""A single ticket, a group of four, a pass for three entries, a reseller's barcode."""

ADMITS = {"5.1": 1, "5.2": 4, "9.3": 3, "box:77": 1}
TURNSTILE = replace(GATE, id="t", count_mode=CountMode.HOLD)
GATES = {"lane-1": GATE, "lane-2": TURNSTILE, "lane-3": RETURN}


def code_of(text: str) -> CodeId:
    """Return the credential of a ticket."""
    reading = read_scan(Scan(CheckInId("x"), text, TONIGHTS.doors), RING)
    assert isinstance(reading, Token | Opaque)
    return reading.code


TICKET_OF = {code_of(text): id for id, text in TEXTS.items()}
TARGETS: dict[str, Serial | TicketId] = {
    "5.1": Serial(TONIGHT, 1),
    "5.2": Serial(TONIGHT, 2),
    "9.3": Serial(PASS, 3),
    "box:77": TicketId("box:77"),
}


class House:
    """The gateway.

    Attributes:
        streams: What each stream held at each sequence, as it was published.
        delivered: Check-ins that a lane's message brought, once that was answered for.
        forwarded: Check-ins that the box office took, in order.
    """

    def __init__(self, folder: Path, hand: HandClock, entropy: Callable[[int], bytes]) -> None:
        self._folder, self.hand, self._entropy = folder, hand, entropy
        self._life = 0
        self.streams: dict[str, dict[int, dict[bytes, bytes]]] = {}
        self.forwarded: list[CheckInId] = []

    async def start(self) -> None:
        """Open what is on disk."""
        self.store = SqliteStore(self._path)
        feed = FeedKeys(FEED)
        self.committer = Committer(self.store, self.hand.clock, self._entropy, feed, CODE_KEY)
        self.backlog = Backlog(self.store, feed)
        self.heartbeats = Heartbeats(self.committer)
        self.uses_publisher = UsesPublisher(self.committer)
        self.committer.listen(self, self.backlog, self.uses_publisher)
        await self.committer.start()

    async def furnish(self) -> None:
        """Hear the box office out and give the lanes their gates."""
        card = Pass(PASS, "Card", (TONIGHT,), limit=3, per_performance=None)
        row = Ticket(TicketId("box:77"), TONIGHT, FULL, "box", number="N-77")
        await self.apply(
            entries=(
                TONIGHTS,
                card,
                *GATES.values(),
                Source("box", "Box office"),
                replace(KEY, public=ISSUER.public),
            ),
            listings=(Listing(code_of(BARCODE), row),),
        )
        await self.committer.write(
            lambda work: work.put_entries(
                [Assignment(name, gate.id) for name, gate in GATES.items()]
            )
        )

    async def apply(self, **changes: object) -> None:
        """Hear the box office."""
        heard = Changes("1", self.hand.clock.now())
        await SourceLedger(self.committer).apply("box", replace(heard, **changes))  # type: ignore[arg-type]

    async def cancel(self, ticket: str) -> None:
        """Hear of a cancellation."""
        row = Revocation(TARGETS[ticket], RevocationKind.CANCELLED, self.hand.clock.now())
        await self.apply(revocations=(row,))

    async def crash(self) -> None:
        """Lose the power and start from the files as they lie."""
        old = self._path
        self._life += 1
        for part in ("", "-wal"):
            if (lying := old.with_name(old.name + part)).exists():
                shutil.copy(lying, self._path.with_name(self._path.name + part))
        await self.stop()
        await self.start()

    async def stop(self) -> None:
        """Give threads and files free."""
        await self.committer.stop()
        self.store.close()

    async def serve(self, device: DeviceId, data: bytes) -> bytes | None:
        """Answer one message of a lane; None = there is no answer."""
        message = decode(data)
        try:
            match message:
                case ClaimRequest():
                    verdict = await answer_claim(self.committer, device, message)
                    return encode(Claimed(message.scan.id, verdict))
                case GiveBack(id):
                    await self.committer.quick(lambda work: give_back(work, device, id))
                case Upload(rows):
                    return encode(await take_upload(self.committer, device, rows))
        except FixRequest:
            pass
        return None

    def frames(self, position: Position) -> list[bytes]:
        """Return what a lane at this position lacks, as messages."""
        frames = self.backlog.frames_since(position)
        return [encode(Sealed(frame)) for frame in frames]

    async def forward(self, limit: int, heard: bool) -> None:
        """Hand over to the box office; its answer may be lost."""
        reports = await SourceLedger(self.committer).owed("box", limit)
        for report in reports:
            if report.check_in.id not in self.forwarded:
                self.forwarded.append(report.check_in.id)
        if heard:
            taken = [Outcome(report.check_in.id, True) for report in reports]
            await SourceLedger(self.committer).settle("box", taken)

    def committed(self, what: Committed) -> None:
        """Note what each stream holds now."""
        for stream, frames in what.frames:
            self._published(stream, frames)

    def _published(self, stream: str, frames: Sequence[bytes]) -> None:
        states = self.streams.setdefault(stream, {0: {}})
        for sealed in frames:
            frame = open_frame(sealed, FEED.public)
            assert isinstance(frame, Delta)
            state = dict(states[frame.cursor.sequence - 1])
            for key, value in frame.rows:
                if value is None:
                    state.pop(key, None)
                else:
                    state[key] = value
            states[frame.cursor.sequence] = state

    @property
    def _path(self) -> Path:
        return self._folder / f"gateway-{self._life}.sqlite"
