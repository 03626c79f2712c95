"""The gateway's one writer: everything that changes its store goes through here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import groupby
from typing import Any, TypeVar

from validator.clock import Clock
from validator.errors import FixRequest, RetryLater
from validator.feed import Epoch, Held
from validator.gateway import changes as upstream_changes
from validator.gateway import holding, reservations
from validator.gateway.history import ticket_history
from validator.gateway.plan import CATALOGUE, Plan
from validator.gateway.reports import report
from validator.gateway.reservations import Duplicate
from validator.gateway.store.port import Session, Store
from validator.gateway.uploads import upload
from validator.gateway.uses import FEW_EVENTS, cut_uses
from validator.gateway.work import Work
from validator.gateway.writer import Writer, tell
from validator.keys import SigningKey
from validator.model import (
    Catalogue,
    CheckIn,
    CheckInId,
    Conflict,
    DeviceId,
    Entry,
    Scan,
    Verdict,
)
from validator.ports import Changes, Outcome, Report
from validator.wire.messages import Acknowledged, ClaimRequest, JournalRow

__all__ = ["Committer", "Duplicate"]

T = TypeVar("T")

UPLOAD_ROWS = 50
"""Most rows of an upload in one transaction, so that claims need not wait long."""


class Committer:
    """Claims, check-ins, reports and upstream changes, each answered once it is on disk.

    Args:
        store: The disk.
        clock: Wall clock of the gateway.
        entropy: Returns that many random bytes.
        feed_key: Seals frames.
        code_key: 32 secret bytes that hide plain codes.

    Attributes:
        on_commit: Told of each commit's items, seconds and failure, in the writer's thread.
        on_conflict: Told of each new conflict, and of the devices that have to do with it.
        on_frames: Told of each stream's new sealed frames, in order.
        on_journal: Told after each cut of the journal: there may be something to forward.
        journaled: Set while the journal may hold uses that are not published yet.

    The callbacks run in the event loop, after the commit. One that fails is logged, and holds up
    neither the others nor the answers.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        entropy: Callable[[int], bytes],
        feed_key: SigningKey,
        code_key: bytes,
    ) -> None:
        self.store = store
        self.clock = clock
        self.feed_key = feed_key
        self.on_commit: Callable[[int, float, bool], None] = lambda *_: None
        self.on_conflict: Callable[[Conflict, Sequence[DeviceId]], None] = lambda *_: None
        self.on_frames: Callable[[str, Sequence[bytes]], None] = lambda *_: None
        self.on_journal: Callable[[], None] = lambda: None
        self.journaled = asyncio.Event()
        self._entropy = entropy
        self._heard: frozenset[DeviceId] = frozenset()
        self._code_key = code_key
        self._plan = Plan(code_key, self._listen)
        self._last: tuple[Held, Catalogue] | None = None
        self._writer = Writer(
            store,
            self._begin,
            self._plan.forget,
            self._committed,
            lambda *commit: self.on_commit(*commit),
        )

    async def start(self) -> None:
        """Begin to take work; the first start of a store begins its first epoch."""
        await self._writer.start()
        await self._writer.submit(self._enter_epoch)
        self.journaled.set()

    async def stop(self) -> None:
        """Finish what waits, then stop."""
        await self._writer.stop()

    async def turn(self) -> None:
        """Return once the writer has taken an item that changes nothing: it is alive.

        A disk that takes nothing does not count against it: no restart mends a full disk.
        """
        with suppress(RetryLater):
            await self.write(lambda _: None)

    def hear(self, devices: frozenset[DeviceId]) -> None:
        """Tell which devices have a link now: an exit lane that has none weakens passback."""
        self._heard = devices

    async def claim(self, device: DeviceId, request: ClaimRequest) -> Verdict:
        """Reserve an entry for a lane; see `reservations.claim`.

        Raises:
            FixRequest: Nobody waits for an answer any more, or there is no such gate.
            RetryLater: The disk does not take it.
        """
        early = self._plan.early(request.scan)
        job = partial(reservations.claim, device=device, request=request, early=early)
        try:
            return await self._writer.submit(job, quick=not request.owed)
        except FixRequest:
            # The claim changed nothing, but that this start of the device was heard must stay.
            await self._quick(lambda work: work.session.claims.enter_boot(device, request.boot))
            raise

    async def check_in(self, device: DeviceId, scan: Scan, gate: str) -> Verdict:
        """Judge, reserve and record at once; the same id and request has the same answer.

        Raises:
            Duplicate: The id has been used for another request.
            FixRequest: There is no such gate, or the id is no UUIDv7.
            RetryLater: The disk does not take it.
        """
        early = self._plan.early(scan)
        job = partial(reservations.check_in, device=device, scan=scan, gate_id=gate, early=early)
        return await self._quick(job)

    async def preview(self, scan: Scan, gate: str) -> Verdict:
        """Judge without reserving anything.

        Raises:
            FixRequest: There is no such gate.
        """
        return await self.read(lambda work: reservations.preview(work, scan, gate))

    async def upload(
        self, device: DeviceId, rows: Sequence[JournalRow], quarantined: bool = False
    ) -> Acknowledged:
        """Take rows of a device's journal; see `uploads.upload`.

        Args:
            device: Whose journal.
            rows: In order.
            quarantined: The device is revoked: its rows are kept and count nowhere.

        Returns:
            The last sequence stored, and one outcome per row up to the first gap.
        """
        outcomes: list[Outcome] = []
        start = 0
        while True:
            part = tuple(rows[start : start + UPLOAD_ROWS])
            answer = await self._upload(device, part, quarantined)
            outcomes += answer.outcomes
            start += UPLOAD_ROWS
            if start >= len(rows) or len(answer.outcomes) < len(part):
                return Acknowledged(answer.sequence, tuple(outcomes))

    async def report(self, device: DeviceId, check_ins: Sequence[CheckIn]) -> tuple[Outcome, ...]:
        """Take check-ins that were shown, without a journal: one outcome each, in order."""
        outcomes: list[Outcome] = []
        for start in range(0, len(check_ins), UPLOAD_ROWS):
            outcomes += await self._report(device, check_ins[start : start + UPLOAD_ROWS])
        return tuple(outcomes)

    async def give_back(self, device: DeviceId, id: CheckInId) -> None:
        """Let go of a device's claim that it did not use."""
        await self._quick(lambda work: reservations.give_back(work, device, id))

    async def release(self, id: CheckInId) -> None:
        """Let go of a claim for a supervisor.

        Raises:
            FixRequest: There is no open claim of that id.
        """
        await self.write(lambda work: reservations.release(work, id))

    async def apply(self, source: str, changes: Changes) -> None:
        """Store and publish what an upstream says; its cursor moves with the last row.

        Inferred cancellations that are too many at once are held; see `holding.sift`.
        """
        if changes.inferred:
            told = changes
            changes = await self.write(lambda work: holding.sift(work, source, told))
            holding.tell(source, told, changes)
        for part, last in upstream_changes.slices(changes):
            await self._apply(source, part, last)

    async def put(self, entries: Sequence[Entry]) -> None:
        """Add or replace entries of the catalogue that the gateway makes itself."""
        await self.write(lambda work: work.put_entries(entries))

    async def cut(self) -> bool:
        """Publish the uses that the journal has gained; return whether there are more."""
        self.journaled.clear()
        few = await self._quick(lambda work: cut_uses(work, FEW_EVENTS))
        more = few and await self.write(cut_uses)
        tell(self.on_journal)
        return more

    async def owed(
        self, source: str, limit: int, since: CheckInId | None = None
    ) -> tuple[Report, ...]:
        """Return the oldest check-ins that a ticketing system is to be told; see `Outbox.owed`."""
        return await self.read(lambda work: work.session.outbox.owed(source, limit, since))

    async def settle(self, source: str, outcomes: Sequence[Outcome]) -> None:
        """Mark what a ticketing system took, or refused for good."""
        await self.write(lambda work: work.session.outbox.settle(source, outcomes))

    async def backlog(self) -> Mapping[str, int]:
        """Count what is owed, by source."""
        return await self.read(lambda work: work.session.outbox.backlog())

    async def cursor(self, source: str) -> str:
        """Return where a poll goes on; empty = from the beginning."""
        return await self.read(lambda work: work.session.upstreams.cursor(source))

    async def catalogue(self) -> Catalogue:
        """Return the evening's plan."""
        return await self.read(lambda work: work.catalogue)

    async def ticket(self, number: str) -> dict[str, Any] | None:
        """Return a ticket's history, ready for JSON; None = no such number."""
        return await self.read(lambda work: ticket_history(work.session, number))

    async def write(self, job: Callable[[Work], T]) -> T:
        """Do something in the writer's transaction; returns when it is on disk.

        Raises:
            ValidatorError: What the job raises; it then changed nothing.
            RetryLater: The disk does not take it.
        """
        return await self._writer.submit(job)

    async def read(self, question: Callable[[Work], T]) -> T:
        """Ask something of one state of the store, in another thread."""
        return await asyncio.to_thread(self._ask, question)

    async def _quick(self, job: Callable[[Work], T]) -> T:
        return await self._writer.submit(job, quick=True)

    async def _upload(
        self, device: DeviceId, rows: Sequence[JournalRow], quarantined: bool
    ) -> Acknowledged:
        return await self.write(lambda work: upload(work, device, rows, quarantined))

    async def _report(self, device: DeviceId, check_ins: Sequence[CheckIn]) -> list[Outcome]:
        return await self.write(lambda work: [report(work, device, item) for item in check_ins])

    async def _apply(self, source: str, part: Changes, last: bool) -> None:
        await self.write(lambda work: upstream_changes.apply(work, source, part, last))

    def _ask(self, question: Callable[[Work], T]) -> T:
        with self.store.reading() as session:
            held = session.streams.held(CATALOGUE)
            last = self._last
            known = last[1] if last is not None and last[0] == held else None
            plan = Plan(self._code_key, self._listen, known)
            work = Work(session, plan, self.feed_key, self.clock.now())
            answer = question(work)
            self._last = (held, plan.catalogue(session))
            return answer

    def _listen(self) -> frozenset[DeviceId]:
        return self._heard

    def _begin(self, session: Session) -> Work:
        return Work(session, self._plan, self.feed_key, self.clock.now())

    def _enter_epoch(self, work: Work) -> None:
        if work.session.streams.epoch() is None:
            random = int.from_bytes(self._entropy(8), "big")
            work.session.streams.enter(Epoch(1, random))

    def _committed(self, work: Work) -> None:
        for stream, frames in groupby(work.frames, key=lambda frame: frame[0]):
            tell(self.on_frames, stream, [sealed for _, sealed in frames])
        for conflict, devices in work.conflicts:
            tell(self.on_conflict, conflict, devices)
        if work.journaled:
            self.journaled.set()
