"""Check-ins on their way to pretix: redeemed, annulled, or told as failed scans."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256

from validator.clock import iso
from validator.errors import RetryLater, WireError
from validator.model import CheckIn, CheckInId, Decision, Kind, Reason
from validator.ports import Outcome, Report
from validator.upstreams.pretix.api import PretixApi
from validator.upstreams.pretix.catalogue import PretixCatalogue
from validator.upstreams.pretix.client import Answer, path_of
from validator.upstreams.pretix.memory import Memory
from validator.wire.codec import pack
from validator.wire.fields import Fields

_AT_ONCE = 4
"""Tickets that are told at the same time: a small pretix does 20 check-ins a second by itself, and
twice as many side by side."""

_REASONS = {
    Reason.WRONG_DATE: "product",
    Reason.WRONG_ZONE: "product",
    Reason.WRONG_GATE: "product",
    Reason.WRONG_TARIFF: "product",
    Reason.CANCELLED: "canceled",
    Reason.EXCHANGED: "revoked",
    Reason.SUSPENDED: "blocked",
    Reason.BLOCKED: "blocked",
    Reason.UNPAID: "unpaid",
    Reason.UNAPPROVED: "unapproved",
    Reason.TOO_EARLY: "invalid_time",
    Reason.TOO_LATE: "invalid_time",
    Reason.ALREADY_USED: "already_redeemed",
    Reason.PASSBACK: "already_redeemed",
    Reason.LIMIT_REACHED: "already_redeemed",
    Reason.RULE: "rules",
    Reason.INCOMPLETE: "incomplete",
    Reason.AMBIGUOUS: "ambiguous",
    Reason.STALE_DATA: "error",
}
"""What pretix calls our reasons; all others are `invalid`."""

_ANNULLABLE = "pretix takes an entry back only within 15 minutes, and only from the same device."

Door = tuple[str, int]
"""Short form of an event, and number of its check-in list."""


class Reporter:
    """Hands check-ins over; implements `Upstream.report`.

    Args:
        source: Id of the source.
        api: The pretix.
        memory: Knows which check-ins pretix has.
        catalogue: Knows our numbers.
        read_catalogue: Reads what is on.
    """

    def __init__(
        self,
        source: str,
        api: PretixApi,
        memory: Memory,
        catalogue: PretixCatalogue,
        read_catalogue: Callable[[], Awaitable[None]],
    ) -> None:
        self._source = source
        self._api = api
        self._memory = memory
        self._catalogue = catalogue
        self._read_catalogue = read_catalogue

    async def report(self, reports: Sequence[Report]) -> list[Outcome]:
        """Hand over check-ins, those of one ticket in their order.

        Raises:
            RetryLater: Not all are known to have arrived; try the same again.
            NotAllowed: pretix does not accept our device.
        """
        if not self._catalogue.events:
            await self._read_catalogue()
        groups: dict[str, list[Report]] = {}
        for report in reports:
            groups.setdefault(report.check_in.ticket or report.check_in.id, []).append(report)
        at_once = asyncio.Semaphore(_AT_ONCE)
        outcomes: dict[CheckInId, Outcome] = {}

        async def hand_over(group: Sequence[Report]) -> None:
            async with at_once:
                for report in group:
                    outcomes[report.check_in.id] = await self._one(report)

        done = await asyncio.gather(*map(hand_over, groups.values()), return_exceptions=True)
        taken = {
            report.check_in.id: _digest(report.check_in)
            for report in reports
            if report.check_in.id in outcomes and outcomes[report.check_in.id].accepted
        }
        await asyncio.to_thread(self._memory.keep, taken)
        for failed in done:
            if isinstance(failed, WireError):
                raise RetryLater(f"Check-ins were not taken: {failed}") from failed
            if failed is not None:
                raise failed
        return [outcomes[report.check_in.id] for report in reports]

    async def _one(self, report: Report) -> Outcome:
        check_in = report.check_in
        known = self._memory.scan(check_in.id)
        if known is not None:
            same = known == _digest(check_in)
            return Outcome(check_in.id, same, "" if same else "Another check-in has this id.")
        position = self._position(check_in)
        show = None if position is None else await self._show(position)
        if check_in.ticket is not None and show is None:
            return Outcome(check_in.id, False, "pretix has not sold this ticket.")
        door = self._catalogue.door_of(check_in.performance) or self._catalogue.door_at(
            check_in.gate
        )
        door = door or (show and self._catalogue.any_door(*show))
        if door is None:
            if check_in.decision is Decision.REFUSE:
                return Outcome(check_in.id, True)
            return Outcome(check_in.id, False, "pretix has no check-in list for this entry.")
        match check_in.kind:
            case Kind.SHOWN | Kind.HOLD if check_in.decision is Decision.REFUSE:
                return await self._fail(report, door, position)
            case Kind.SHOWN if check_in.passes and position is not None:
                return await self._redeem(check_in, check_in.id, door, position)
            case Kind.CONFIRM if check_in.of is not None and position is not None:
                return await self._redeem(check_in, check_in.of, door, position)
            case Kind.UNDO if check_in.of is not None:
                return await self._annul(check_in, check_in.of, door)
            case _:
                return Outcome(check_in.id, True)

    async def _redeem(
        self, check_in: CheckIn, nonce: CheckInId, door: Door, position: int
    ) -> Outcome:
        event, list_ = door
        answer = await self._api.post(
            path_of("events", event, "checkinlists", list_, "positions", position, "redeem"),
            {
                "type": check_in.direction.value,
                "nonce": nonce,
                "datetime": iso(check_in.corrected),
                # It was shown: pretix is told, not asked.
                "force": True,
                "ignore_unpaid": True,
                "questions_supported": False,
                "canceled_supported": True,
            },
        )
        if answer.status == 404:
            why = "pretix finds this ticket no more: its position was cancelled, or moved."
            return Outcome(check_in.id, False, why)
        return _outcome(check_in, answer, "pretix refuses this entry")

    async def _annul(self, check_in: CheckIn, nonce: CheckInId, door: Door) -> Outcome:
        body = {"lists": [door[1]], "nonce": nonce, "datetime": iso(check_in.corrected)}
        answer = await self._api.post(path_of("checkinrpc", "annul"), body)
        if answer.status == 404:
            # The entry never arrived, or it was annulled there already.
            return Outcome(check_in.id, False, f"pretix does not know this entry. {_ANNULLABLE}")
        return _outcome(check_in, answer, _ANNULLABLE)

    async def _fail(self, report: Report, door: Door, position: int | None) -> Outcome:
        check_in, (event, list_) = report.check_in, door
        # What was scanned is not known here any more, only its digest.
        scanned = check_in.code.hex() if check_in.code else check_in.id
        body: dict[str, object] = {
            "raw_barcode": report.number or scanned,
            "error_reason": _REASONS.get(check_in.reason, "invalid"),
            "error_explanation": check_in.reason.value,
            "nonce": check_in.id,
            "datetime": iso(check_in.corrected),
            "type": check_in.direction.value,
        }
        if position is not None:
            body["position"] = position
        path = path_of("events", event, "checkinlists", list_, "failed_checkins")
        return _outcome(check_in, await self._api.post(path, body), "pretix refuses this scan")

    def _position(self, check_in: CheckIn) -> int | None:
        source, _, digits = (check_in.ticket or "").partition(":")
        return int(digits) if source == self._source and digits.isdecimal() else None

    async def _show(self, position: int) -> tuple[str, int] | None:
        """Return event and date of a position; None = pretix has not sold it."""
        said = self._memory.said(f"{self._source}:{position}")
        if said is not None:
            known = json.loads(said)
            return known["event"], known["subevent"]
        for event in self._catalogue.events:
            subevent = await self._api.subevent_of(event, position)
            if subevent is not None:
                return event, subevent
        return None


def _outcome(check_in: CheckIn, answer: Answer, why: str) -> Outcome:
    if answer.ok:
        return Outcome(check_in.id, True)
    reason = None
    if isinstance(answer.body, dict):
        reason = Fields(answer.body, WireError).maybe_text("reason")
    return Outcome(check_in.id, False, f"{why} ({reason or answer.status}).")


def _digest(check_in: CheckIn) -> bytes:
    return sha256(pack(check_in)).digest()[:16]
