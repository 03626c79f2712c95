"""A gateway's committer on a real store, and devices that speak to it as lanes do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from doubles.clock.hand_clock import HandClock
from doubles.evening import CATALOGUE, FULL, KEY, TONIGHT
from validator.admission import check_in_of, read_scan, towards
from validator.clock import Instant
from validator.gateway.feeds.backlog import Backlog
from validator.gateway.feeds.heartbeats import Heartbeats
from validator.gateway.feeds.uses_publisher import UsesPublisher
from validator.gateway.host.feed_keys import FeedKeys
from validator.gateway.ledger.claims import answer_claim
from validator.gateway.ledger.committer import Committed, Committer
from validator.gateway.ledger.uploads import take_upload
from validator.gateway.sources.followed_source import SourceLedger
from validator.gateway.store.claims import ClaimState
from validator.gateway.store.port import Store
from validator.gateway.store.sqlite import SqliteStore
from validator.keys import KeyRing, SigningKey
from validator.model import (
    Assignment,
    Assurance,
    Catalogue,
    CheckIn,
    CheckInId,
    CodeId,
    Conflict,
    Decision,
    DeviceId,
    Direction,
    Gate,
    Kind,
    Listing,
    Next,
    Reason,
    Revocation,
    RevocationKind,
    Scan,
    Serial,
    Ticket,
    Use,
    Verdict,
    uuid7,
)
from validator.ports import Changes
from validator.token import Claims, issue
from validator.wire.codec import pack
from validator.wire.journal import GENESIS, row_hash
from validator.wire.messages import Acknowledged, ClaimRequest, JournalRow

ISSUER = SigningKey.from_seed(b"i" * 32)
FEED = SigningKey.from_seed(b"f" * 32)
CODE_KEY = b"c" * 32


def signing_catalogue() -> Catalogue:
    """Return the evening's catalogue, with a key that really signs."""
    return replace(CATALOGUE, keys={1: replace(KEY, public=ISSUER.public)})


RING = KeyRing.of(signing_catalogue(), CODE_KEY)


def token(serial: int, scope: int = TONIGHT, admits: int = 1, tariff: int = FULL) -> str:
    """Return the text of a genuine ticket."""
    return issue(ISSUER, 1, Claims(scope, serial, tariff, admits=admits))


def listing(serial: int, ticket: int | None = None, **changes: object) -> Listing:
    """Return the row of a serial, which may belong to another serial's ticket."""
    key = Serial(TONIGHT, serial)
    id = Serial(TONIGHT, ticket or serial).ticket()
    row = Ticket(id, TONIGHT, FULL, "box", number=f"N-{ticket or serial}", seat="F 12")
    return Listing(key, replace(row, **changes))  # type: ignore[arg-type]


def cancelled(serial: int) -> Revocation:
    """Return the cancellation of a serial."""
    return Revocation(Serial(TONIGHT, serial), RevocationKind.CANCELLED, Instant(0))


class Venue:
    """The gateway.

    Attributes:
        path: The store's file.
        linked: Devices that have a link.
        told: Conflicts and the devices that were to hear of them.
        frames: Stream and sealed frame, as they were sent out.
    """

    def __init__(self, path: Path, wrap: Callable[[Store], Store] = lambda store: store) -> None:
        self.hand = HandClock()
        self.linked: frozenset[DeviceId] = frozenset()
        self.told: list[tuple[Conflict, Sequence[DeviceId]]] = []
        self.frames: list[tuple[str, bytes]] = []
        self.path, self._wrap = path, wrap
        self._random = 0
        self._open()

    def _open(self) -> None:
        self.store = self._wrap(SqliteStore(self.path))
        self.feed = FeedKeys(FEED)
        self.committer = Committer(
            self.store,
            self.hand.clock,
            self.entropy,
            self.feed,
            CODE_KEY,
            linked=lambda: self.linked,
        )
        self.backlog = Backlog(self.store, self.feed)
        self.heartbeats = Heartbeats(self.committer)
        self.uses_publisher = UsesPublisher(self.committer)
        self.committer.listen(self, self.backlog, self.uses_publisher)

    def committed(self, what: Committed) -> None:
        """Note what is told."""
        self.told += what.conflicts
        self.frames += [(stream, frame) for stream, frames in what.frames for frame in frames]

    def entropy(self, size: int) -> bytes:
        """Return bytes that differ each time."""
        self._random += 1
        return self._random.to_bytes(size, "big")

    async def start(self) -> Venue:
        """Open the doors: the catalogue is known, its source was just heard."""
        await self.committer.start()
        if not await SourceLedger(self.committer).cursor("box"):
            entries = signing_catalogue()
            await self.apply(
                entries=(
                    *entries.performances.values(),
                    *entries.passes.values(),
                    *entries.tariffs.values(),
                    *entries.gates.values(),
                    *entries.sources.values(),
                    *entries.keys.values(),
                )
            )
            await self.committer.write(
                lambda work: work.put_entries(
                    [Assignment("lane-1", "a"), Assignment("lane-2", "a")]
                )
            )
        return self

    async def stop(self) -> None:
        """Shut down."""
        await self.committer.stop()
        self.store.close()

    async def restart(self) -> None:
        """Stop, and start from what is on disk."""
        await self.stop()
        await self.restart_from_disk()

    async def restart_from_disk(self) -> None:
        """Start again from what is on disk."""
        self._open()
        await self.start()

    async def apply(self, **changes: object) -> None:
        """Hear the box office out."""
        heard = Changes("1", self.hand.clock.now())
        await SourceLedger(self.committer).apply("box", replace(heard, **changes))  # type: ignore[arg-type]

    def entropy_from(self, start: int) -> None:
        """Go on with other bytes, so that two venues make different ids."""
        self._random = start

    def id(self) -> CheckInId:
        """Return a new check-in id."""
        return uuid7(self.hand.clock.now(), self.entropy(10))

    def uses(self, serial: int = 1) -> tuple[Use, ...]:
        """Return who went through with a ticket."""
        with self.store.reading() as session:
            return session.uses.of_ticket(Serial(TONIGHT, serial).ticket())

    def claims(self, serial: int = 1) -> list[tuple[int, CheckInId, ClaimState]]:
        """Return what ever took an ordinal of a ticket, by ordinal."""
        with self.store.reading() as session:
            rows = session.claims.of_ticket(Serial(TONIGHT, serial).ticket())
        return [(row.claim.ordinal, row.claim.id, row.state) for row in rows]

    def flagged(self) -> set[CheckInId]:
        """Return the check-ins that are conflicts now."""
        with self.store.reading() as session:
            events = session.journal.after(0, 1_000)
            assert session.totals.conflicts() == sum(event.conflict for event in events)
        return {event.check_in.id for event in events if event.conflict}

    def lane(self, name: str = "lane-1", gate: str = "a") -> Lane:
        """Return a device."""
        return Lane(self, DeviceId(name), CATALOGUE.gates[gate])


@dataclass
class Lane:
    """A device: claims, keeps a journal, uploads it."""

    venue: Venue
    device: DeviceId
    gate: Gate
    rows: list[JournalRow] = field(default_factory=list)
    offset_ms: int | None = 0

    def scan(self, text: str, count: int | None = None, id: CheckInId | None = None) -> Scan:
        """Scan a text."""
        return Scan(id or self.venue.id(), text, self.venue.hand.clock.now(), count=count)

    async def claim(
        self, scan: Scan, owed: Sequence[JournalRow] = (), direction: Direction | None = None
    ) -> Verdict:
        """Ask the gateway."""
        towards_ = direction or self.gate.direction
        request = ClaimRequest(scan, self.gate.id, towards_, tuple(owed))
        return await answer_claim(self.venue.committer, self.device, request)

    def shows(self, scan: Scan, verdict: Verdict, **changes: object) -> CheckIn:
        """Append what is shown to the journal."""
        gate = towards(self.gate, scan.direction)
        reading = read_scan(scan, RING)
        event = check_in_of(scan, gate, self.device, self.offset_ms, reading, verdict)
        return self.append(replace(event, **changes))  # type: ignore[arg-type]

    def admits_alone(self, scan: Scan, count: int = 1, **changes: object) -> CheckIn:
        """Show a provisional green."""
        verdict = Verdict(Decision.ADMIT, Reason.OK, Next.LET_IN, count=count, performance=TONIGHT)
        reading = read_scan(scan, RING)
        code: CodeId = reading.code  # type: ignore[union-attr]
        return self.shows(scan, replace(verdict, code=code), **changes)

    def names(self, kind: Kind, of: CheckInId, count: int = 0) -> CheckIn:
        """Append an event about an earlier check-in."""
        event = CheckIn(
            self.venue.id(),
            kind,
            self.device,
            self.gate.id,
            TONIGHT,
            self.gate.direction,
            Decision.ADMIT,
            Reason.OK,
            Assurance.PROVISIONAL,
            count,
            self.venue.hand.clock.now(),
            self.offset_ms,
            of=of,
        )
        return self.append(event)

    def append(self, event: CheckIn) -> CheckIn:
        """Chain an event on."""
        self.append_body(pack(event))
        return event

    def append_body(self, body: bytes) -> None:
        """Chain any bytes on."""
        previous = self.rows[-1].hash if self.rows else GENESIS
        row = JournalRow(len(self.rows) + 1, previous, row_hash(previous, body), body)
        self.rows.append(row)

    async def upload(self) -> Acknowledged:
        """Deliver the whole journal."""
        return await take_upload(self.venue.committer, self.device, self.rows)

    async def admits(self, text: str, count: int | None = None) -> Verdict:
        """Claim, show and deliver, as with a good link."""
        scan = self.scan(text, count)
        verdict = await self.claim(scan)
        self.shows(scan, verdict)
        await self.upload()
        return verdict
