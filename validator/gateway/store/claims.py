"""Port of the store: reservations."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from validator.clock import Instant
from validator.model import CheckInId, Claim, CodeId, DeviceId, TicketId, Verdict


class ClaimState(StrEnum):
    """How far a claim has come."""

    OPEN = "open"
    SETTLED = "settled"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim with what is needed to answer for it.

    Args:
        claim: Who reserved what.
        state: How far it is.
        performance: Scope that it was judged for.
        gate: Where.
        at: Gateway's clock.
        ref: Stream key of the serial or code.
        code: Credential.
        request: Digest of the request, to tell a retry from another one.
        granted: The gateway has answered it; else its check-in came without a claim.
    """

    claim: Claim
    state: ClaimState
    performance: int
    gate: str
    at: Instant
    ref: bytes | None = None
    code: CodeId | None = None
    request: bytes = b""
    granted: bool = False


class Claims(Protocol):
    """Reservations. (ticket, ordinal) is unique for ever, and so is the check-in id.

    A store with several writers answers False where another one was faster; the facts are then
    read and judged again.
    """

    def find(self, id: CheckInId) -> ClaimRow | None:
        """Return the claim of a check-in; one that gave its ordinal away is RELEASED."""
        ...

    def answer(self, id: CheckInId) -> Verdict | None:
        """Return what a granted claim was answered."""
        ...

    def of_ticket(self, ticket: TicketId) -> tuple[ClaimRow, ...]:
        """Return all that ever took an ordinal of a ticket, in order of it."""
        ...

    def open_of(self, ticket: TicketId) -> tuple[ClaimRow, ...]:
        """Return a ticket's open claims, in order of their ordinals."""
        ...

    def top(self, ticket: TicketId) -> int:
        """Return the highest ordinal that a ticket ever gave, 0 = none."""
        ...

    def insert(self, row: ClaimRow, answer: Verdict | None = None) -> bool:
        """Take an ordinal, and keep the answer; False if it is taken (lost)."""
        ...

    def pass_on(
        self, old: CheckInId, row: ClaimRow, top: int, answer: Verdict | None = None
    ) -> bool:
        """Give an open claim's ordinal to another check-in.

        Args:
            old: Whose ordinal it is.
            row: The new claim, with that ordinal.
            top: The ticket's highest ordinal when the facts were read.
            answer: What is answered.

        Returns:
            False (lost) if the old one is not open any more, or the ticket has newer ordinals.
        """
        ...

    def settle(self, row: ClaimRow) -> bool:
        """Bind a claim to its check-in, with all that `row` says of it but time and answer.

        Returns:
            False (lost) if another check-in has that ordinal.
        """
        ...

    def release(self, id: CheckInId) -> None:
        """Let go of a claim; its id claims nothing any more, its ordinal is not given again."""
        ...

    def enter_boot(self, device: DeviceId, boot: int) -> bool:
        """Remember a device's start; False if a later one is known already."""
        ...

    def spend(self, id: CheckInId, device: DeviceId) -> None:
        """Remember that a device gave an id back before its claim arrived."""
        ...

    def spent(self, id: CheckInId, device: DeviceId) -> bool:
        """Tell whether this device gave an id back; what others said of it does not count."""
        ...

    def open(self) -> tuple[ClaimRow, ...]:
        """Return every open claim, for the supervisor."""
        ...

    def rekey(self, ref: bytes, old: TicketId, new: TicketId) -> None:
        """Put the claims that were made with a serial under another ticket, with new ordinals."""
        ...
