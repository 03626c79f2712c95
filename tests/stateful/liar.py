"""An enrolled device that says anything of any check-in that it has heard of."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from enum import StrEnum

from doubles.evening import TONIGHT
from doubles.gateway.committer_with_devices import RING
from stateful.house import GATES, TEXTS, House, code_of
from validator.admission import check_in_of, read_scan
from validator.errors import FixRequest
from validator.gateway.ledger.check_ins import take_reports
from validator.gateway.ledger.claims import answer_check_in
from validator.model import (
    Assurance,
    CheckIn,
    CheckInId,
    Decision,
    DeviceId,
    Direction,
    Kind,
    Next,
    Reason,
    Scan,
    TicketId,
    Verdict,
    uuid7,
)
from validator.wire.codec import pack
from validator.wire.journal import GENESIS, row_hash
from validator.wire.messages import ClaimRequest, GiveBack, JournalRow, Upload, encode


class Lie(StrEnum):
    """What is said of an id."""

    CLAIM = "claim"
    ENTRY = "entry"
    HOLD = "hold"
    REFUSAL = "refusal"
    OVERRIDE = "override"
    EVENT = "event"
    UNDO = "undo"
    RELEASE = "release"
    CONFIRM = "confirm"
    GIVE_BACK = "give back"
    HTTP = "http"
    BATCH = "batch"


class Liar:
    """Speaks to the gateway as a device does, over link and HTTP.

    Attributes:
        said: The ids that it has spoken of.
    """

    def __init__(self, house: House, entropy: Callable[[int], bytes]) -> None:
        self.device = DeviceId("liar")
        self.said: set[CheckInId] = set()
        self._house, self._entropy = house, entropy
        self._last = JournalRow(0, GENESIS, GENESIS, b"")

    async def lies(self, lie: Lie, id: CheckInId, ticket: TicketId, count: int) -> None:
        """Say something; whatever the gateway answers."""
        self.said.add(id)
        clock, text = self._house.hand.clock, TEXTS[ticket]
        symbology = "ean13" if ticket == "box:77" else None
        scan = Scan(id, text, clock.now(), symbology=symbology, count=count)
        entry = self._entry(scan)
        match lie:
            case Lie.CLAIM:
                request = ClaimRequest(scan, GATES["lane-1"].id, Direction.ENTRY)
                await self._house.serve(self.device, encode(request))
            case Lie.GIVE_BACK:
                await self._house.serve(self.device, encode(GiveBack(id)))
            case Lie.HTTP:
                with suppress(FixRequest):
                    await answer_check_in(self._house.committer, self.device, scan, "a")
            case Lie.BATCH:
                await take_reports(self._house.committer, self.device, [entry])
            case Lie.ENTRY:
                await self._upload(entry)
            case Lie.HOLD:
                await self._upload(replace(entry, kind=Kind.HOLD))
            case Lie.REFUSAL:
                await self._upload(
                    replace(entry, decision=Decision.REFUSE, reason=Reason.BLOCKED, count=0)
                )
            case Lie.OVERRIDE:
                await self._upload(replace(entry, of=id, override_by=True))
            case Lie.EVENT:
                await self._upload(self._word(Kind.UNDO, id, self._new(), 0))
            case Lie.UNDO | Lie.RELEASE | Lie.CONFIRM:
                people = 900 if lie is Lie.CONFIRM else 0
                await self._upload(self._word(Kind(lie.value), self._new(), id, people))

    def _new(self) -> CheckInId:
        return uuid7(self._house.hand.clock.now(), self._entropy(10))

    def _entry(self, scan: Scan) -> CheckIn:
        reading, count = read_scan(scan, RING), scan.count or 1
        verdict = Verdict(Decision.ADMIT, Reason.OK, Next.LET_IN, count=count, performance=TONIGHT)
        sure = replace(verdict, assurance=Assurance.CONFIRMED, code=code_of(scan.text))
        return check_in_of(scan, GATES["lane-1"], self.device, 0, reading, sure)

    def _word(self, kind: Kind, id: CheckInId, of: CheckInId, count: int) -> CheckIn:
        entry = self._entry(Scan(id, TEXTS[TicketId("5.1")], self._house.hand.clock.now()))
        return replace(
            entry, kind=kind, of=of, count=count, code=None, serial=None, ticket=None, payload=None
        )

    async def _upload(self, check_in: CheckIn) -> None:
        body, last = pack(check_in), self._last
        row = JournalRow(last.sequence + 1, last.hash, row_hash(last.hash, body), body)
        answer = await self._house.serve(self.device, encode(Upload((row,))))
        assert answer is not None
        self._last = row
