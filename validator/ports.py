"""What the core asks of the world: one Protocol per need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from validator.clock import Instant
from validator.model import (
    CheckIn,
    CheckInId,
    Entry,
    Listing,
    Ref,
    Revocation,
    Use,
)


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row of an upstream that can't be read: nothing was changed for it.

    Args:
        id: How people find it there, such as `order ABCDE`; never a code or printed number.
        why: What is wrong with it, a sentence.
    """

    id: str
    why: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What an upstream says is new since a cursor.

    One row that can't be read keeps no other out, whatever comes before or after it. It is looked
    at again until it can be read or is gone, and until then the upstream is not known in full.

    Args:
        cursor: Opaque text to hand in next time.
        as_of: Upstream's knowledge is complete up to here; None = this pass is not complete, or
            rows are set aside.
        more: Ask again at once, the list was cut.
        entries: Catalogue entries to add or replace.
        listings: Ticket rows to add or replace.
        dropped: Keys of ticket rows that are gone (a reissued code keeps its row).
        revocations: Cancellations; `since` is set by the gateway.
        inferred: The revocations are concluded from polled lists, not told one by one: many at
            once of a performance are held for a supervisor.
        lifted: Targets whose revocations are taken back.
        uses: Entries made with other systems' scanners.
        aside: Every row that is set aside now, new or known; counts at the end of a pass only
            (`more` is false).
    """

    cursor: str
    as_of: Instant | None
    more: bool = False
    entries: tuple[Entry, ...] = ()
    listings: tuple[Listing, ...] = ()
    dropped: tuple[Ref, ...] = ()
    revocations: tuple[Revocation, ...] = ()
    inferred: bool = False
    lifted: tuple[Ref, ...] = ()
    uses: tuple[Use, ...] = ()
    aside: tuple[SetAside, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one reported check-in.

    Args:
        id: The check-in.
        accepted: It is stored (or was already); else it was refused for good.
        why: The refusal's reason, for people.
        conflict: It was accepted and is a conflict.
    """

    id: CheckInId
    accepted: bool
    why: str = ""
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """One check-in on its way to a ticketing system.

    Args:
        check_in: The event.
        number: Printed ticket number, if known.
    """

    check_in: CheckIn
    number: str | None


class Upstream(Protocol):
    """A ticketing system."""

    @property
    def source(self) -> str:
        """Id of the source, as in `Ticket.source`."""
        ...

    async def changes(self, cursor: str) -> Changes:
        """Fetch what is new.

        Args:
            cursor: From the last answer; empty = from the beginning.

        Raises:
            RetryLater: The system can't be reached or asks to wait.
            NotAllowed: It does not accept our key.
            WireError: Its answer as a whole can't be understood; nothing may be changed.
        """
        ...

    async def report(self, reports: Sequence[Report]) -> Sequence[Outcome]:
        """Hand over check-ins; idempotent by check-in id.

        Returns:
            One outcome per report, in order.

        Raises:
            RetryLater: Nothing is known to have arrived; try the same again.
            NotAllowed: It does not accept our key.
        """
        ...
