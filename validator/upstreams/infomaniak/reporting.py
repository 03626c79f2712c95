"""Check-ins on their way to the shop, one by one.

============================  ===================================================
check-in                      at Infomaniak
============================  ===================================================
entry                         `scan`; `scan-in` after an exit was told
exit                          `scan-out`
undo of an entry              `scan-out`; it can't be unsaid
hold, then confirm            `scan` at the confirmation
release, resumed              nothing to tell
refusal                       can't be told; stays in our journal
count, gate, device, time     can't be told: one scan, at the time of the request
override by a supervisor      `scan`; refused there, it is kept with the answer
============================  ===================================================
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace

from validator.errors import RetryLater, WireError
from validator.model import CheckIn, Direction, Kind
from validator.ports import Outcome, Report
from validator.upstreams.infomaniak.assumed_api import (
    EVENTS,
    SINGLE,
    Scanning,
    is_already,
    read_event,
    read_sold,
    rows,
    single,
    why,
)
from validator.upstreams.infomaniak.catalogue import PASSES, ShopCatalogue
from validator.upstreams.infomaniak.client import Client, NotSent
from validator.upstreams.infomaniak.memory import Memory, Said, SentScan
from validator.upstreams.infomaniak.settings import Settings
from validator.upstreams.infomaniak.types import Sold, TicketState
from validator.wire.codec import pack


class Reporter:
    """Tells the shop who went in and out, each of them once.

    A scan is written down before it is sent. One whose answer was lost is looked up before it is
    sent again, and an answer that says that the ticket is in already is a success then.

    Args:
        client: Of the shop.
        settings: Meaning of the statuses.
        memory: Remembers what was sent.
        catalogue: Names tickets.
    """

    def __init__(
        self, client: Client, settings: Settings, memory: Memory, catalogue: ShopCatalogue
    ) -> None:
        self._client = client
        self._settings = settings
        self._memory = memory
        self._catalogue = catalogue

    async def report(self, reports: Sequence[Report]) -> list[Outcome]:
        """Hand check-ins over; see `Upstream.report`."""
        return [await self._report(report.check_in) for report in reports]

    async def _report(self, check_in: CheckIn) -> Outcome:
        digest = hashlib.sha256(pack(check_in)).digest()
        known = await asyncio.to_thread(self._memory.scan, check_in.id)
        if known is not None and known.digest != digest:
            return Outcome(check_in.id, False, "Another check-in has this id.")
        if known is not None and known.done:
            return Outcome(check_in.id, True, known.answer)
        key = self._catalogue.key_of(check_in.ticket)
        if not _went_through(check_in):
            return await self._done(SentScan(check_in.id, digest, key or "", "", True))
        if key is None:
            return Outcome(check_in.id, False, "This ticket is not of this shop.")
        before = await asyncio.to_thread(self._memory.scans, key)
        what = _scanning(check_in, [scan for scan in before if scan.id != check_in.id])
        if what is None:
            return await self._done(SentScan(check_in.id, digest, key, "", True))
        try:
            return await self._send(SentScan(check_in.id, digest, key, what.value, False), known)
        except RetryLater as error:
            if isinstance(error, NotSent) or error.after_s is not None:
                raise
            # The answer was lost, perhaps not the request: once more, at once, and looking first.
            known = await asyncio.to_thread(self._memory.scan, check_in.id)
            return await self._send(SentScan(check_in.id, digest, key, what.value, False), known)

    async def _send(self, scan: SentScan, known: SentScan | None) -> Outcome:
        said = await asyncio.to_thread(self._memory.said, scan.ticket)
        code = said.code if said is not None else ""
        lost = known is not None
        if not code or (lost and scan.ticket.partition("-")[0] in SINGLE):
            sold = await self._look_up(scan.ticket)
            if sold is None:
                return await self._unknown(scan, said)
            if lost and scan.what == Scanning.ENTRY.value and self._is_used(sold):
                return await self._done(scan)
            code = sold.code
        await asyncio.to_thread(self._memory.keep, scan)
        try:
            answer = await self._client.scan(code, scan.what)
        except NotSent:
            if not lost:
                await asyncio.to_thread(self._memory.forget, scan)
            raise
        if answer.ok and answer.body is None:
            raise RetryLater("What answered is hardly Infomaniak: is there a portal in between?")
        if answer.ok:
            return await self._done(scan)
        if is_already(answer.body):
            there = "" if lost else "It was marked so at Infomaniak already."
            return await self._done(replace(scan, answer=there), conflict=not lost)
        if answer.status == 404:
            return await self._unknown(scan, said)
        await asyncio.to_thread(self._memory.forget, scan)
        return Outcome(
            scan.id,
            False,
            f"Infomaniak refuses it with status {answer.status}{why(answer.body)}.",
        )

    async def _unknown(self, scan: SentScan, said: Said | None) -> Outcome:
        """A ticket is unknown there, unless it is the key that does not see it any more."""
        await asyncio.to_thread(self._memory.forget, scan)
        if said is not None and said.scope < PASSES and not await self._is_shown(said.scope):
            raise RetryLater("Infomaniak's key does not see that performance any more.")
        return Outcome(scan.id, False, "Infomaniak does not know this ticket.")

    def _is_used(self, sold: Sold) -> bool:
        return self._settings.meaning(sold.status) is TicketState.USED

    async def _is_shown(self, performance: int) -> bool:
        answer = await self._client.shop(EVENTS)
        try:
            shown = [read_event(row, self._settings.zone) for row in rows(answer.body, EVENTS)]
        except WireError as error:
            raise RetryLater(f"A check-in was not taken: {error}") from error
        return performance in (event.date for event in shown)

    async def _look_up(self, key: str) -> Sold | None:
        kind, _, id = key.partition("-")
        if kind not in SINGLE:
            return None
        answer = await self._client.find(f"{SINGLE[kind]}/{id}")
        if not answer.ok:
            return None
        try:
            return read_sold(single(answer.body, kind), kind)
        except WireError as error:
            raise RetryLater(f"A check-in was not taken: {error}") from error

    async def _done(self, scan: SentScan, conflict: bool = False) -> Outcome:
        await asyncio.to_thread(self._memory.done, scan, scan.answer)
        return Outcome(scan.id, True, scan.answer, conflict)


def _went_through(check_in: CheckIn) -> bool:
    """Tell whether people went in or out, or an entry is taken back."""
    if check_in.kind is Kind.SHOWN:
        return check_in.passes
    return check_in.kind in (Kind.CONFIRM, Kind.UNDO)


def _scanning(check_in: CheckIn, before: Sequence[SentScan]) -> Scanning | None:
    """Choose the end point; None = there is nothing to tell."""
    if check_in.kind is Kind.UNDO:
        told = any(scan.id == check_in.of for scan in before)
        entry = check_in.direction is Direction.ENTRY
        return Scanning.EXIT if told and entry else None
    if check_in.direction is Direction.EXIT:
        return Scanning.EXIT
    left = any(scan.what == Scanning.EXIT.value for scan in before)
    return Scanning.REENTRY if left else Scanning.ENTRY
