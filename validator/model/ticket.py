"""Tickets and what cancels them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from validator.clock import Instant
from validator.model.identity import CodeId, Ref, Serial, TicketId


class Status(StrEnum):
    """How far a ticket's sale has come."""

    OK = "ok"
    UNPAID = "unpaid"
    UNAPPROVED = "unapproved"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class Ticket:
    """An entitlement to enter.

    Args:
        id: The same whatever code was printed for it.
        scope: Performance or pass it is for.
        tariff: Number of its tariff in the catalogue.
        source: Id of the ticketing system that answers for it.
        zones: Bit set of zones it opens; 0 = all.
        valid_from: First instant it is good for; None = open.
        valid_until: First instant it is no longer good for; None = open.
        admits: People it lets in at once, >= 1.
        attention: Staff must look at something before letting in.
        number: Printed number, typed by hand when the code can't be read.
        seat: As printed, for people.
        status: How far its sale has come.
        distributor: Reseller who sold it; empty = the organiser.
        note: What staff must read before letting in; empty = nothing.
        addons: Codes of the add-ons that were bought with it: one may stand for it where a
            check-in list says so.
    """

    id: TicketId
    scope: int
    tariff: int
    source: str
    zones: int = 0
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    admits: int = 1
    attention: bool = False
    number: str | None = None
    seat: str | None = None
    status: Status = Status.OK
    distributor: str = ""
    note: str = ""
    addons: tuple[CodeId, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """A row of the `tickets` stream: a code (or our own serial) and the ticket it opens."""

    key: CodeId | Serial
    ticket: Ticket


class RevocationKind(StrEnum):
    """Why a code or ticket is refused."""

    CANCELLED = "cancelled"
    EXCHANGED = "exchanged"
    SUSPENDED = "suspended"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Revocation:
    """A row of the `cancellations` stream; its removal is a reactivation.

    Args:
        target: The code, serial or whole ticket that is refused.
        kind: Why.
        since: When the gateway learned it.
        replacement: Number of the ticket that took its place, if exchanged.
    """

    target: Ref
    kind: RevocationKind
    since: Instant
    replacement: str | None = None
