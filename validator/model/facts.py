"""What a store knows of one scan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from validator.bounds import LONGEST_CODE, LONGEST_ID, MOST_PEOPLE, Between, UpTo
from validator.clock import Instant
from validator.model.catalogue import Catalogue, Direction
from validator.model.checkin import CheckIn, Use
from validator.model.identity import CheckInId, CodeId, TicketId
from validator.model.ticket import Revocation, Ticket


@dataclass(frozen=True, slots=True)
class LastScan:
    """The lane's previous scan, for REPEAT.

    Args:
        code: What was scanned.
        direction: Entry or exit.
        at: Corrected time (`CheckIn.corrected`).
        passed: It was an ADMIT or CHECK, and was not undone.
    """

    code: CodeId | None
    direction: Direction
    at: Instant
    passed: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What a store knows of one code and its ticket.

    Args:
        catalogue: The evening's plan.
        tickets: Rows that the code leads to: none, one, or (ambiguous) several.
        revocations: Of the code, its serial and its ticket.
        uses: Of the ticket, in order of (time, id); without undone ones. At the gateway open
            claims stand among them.
        ages_s: Age in seconds of each source by its id; a source that is missing was never heard.
        last: The lane's previous scan; None at the gateway.
        open: A check-in of this ticket at this device that is on disk but was never lit.
        silent_exits: Some exit lane of the performance has not been heard lately.
        names: Every name that what is written of the code's tickets may be filed under; None = the
            code is not listed, so it may be any ticket's. None at the gateway.
    """

    catalogue: Catalogue
    tickets: tuple[Ticket, ...] = ()
    revocations: tuple[Revocation, ...] = ()
    uses: tuple[Use, ...] = ()
    ages_s: tuple[tuple[str, float], ...] = ()
    last: LastScan | None = None
    open: CheckIn | None = None
    silent_exits: bool = False
    names: frozenset[TicketId] | None = None

    def age_s(self, source: str) -> float | None:
        """Return the age of a source in seconds, None if it was never heard."""
        return dict(self.ages_s).get(source)


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan as the lane or the API hands it in.

    Args:
        id: Check-in id that its verdict will have.
        text: Scanned text, as it came from the decoder; at most 4,096 characters are read.
        at: Wall clock of whoever scanned.
        direction: Overrides the gate's; None = the gate's.
        count: People in front of the gate; None = all that the ticket still admits.
        symbology: As the decoder names it, if it does.
        number: The text is a ticket number typed by hand.
    """

    id: Annotated[CheckInId, UpTo(LONGEST_ID)]
    text: Annotated[str, UpTo(LONGEST_CODE)]
    at: Instant
    direction: Direction | None = None
    count: Annotated[int, Between(1, MOST_PEOPLE)] | None = None
    symbology: Annotated[str, UpTo(LONGEST_ID)] | None = None
    number: bool = False
