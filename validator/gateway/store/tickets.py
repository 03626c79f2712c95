"""Port of the store: what is known of tickets, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from validator.clock import Instant
from validator.model import CodeId, Listing, Ref, Revocation, Serial, TicketId


class Listings(Protocol):
    """Ticket rows, with their history."""

    def of_keys(self, keys: Sequence[CodeId | Serial]) -> tuple[Listing, ...]:
        """Return the rows of these codes and serials as they stand now, oldest first."""
        ...

    def known(self, keys: Sequence[CodeId | Serial], at: Instant) -> tuple[Listing, ...]:
        """Return the rows as they were known at an instant.

        A row that was learned later is returned as it was first known: a lane can't have had it
        before the gateway, so a restored gateway has only forgotten when it learned it.
        """
        ...

    def of_number(self, number: str) -> tuple[Listing, ...]:
        """Return the rows with a printed number, oldest first."""
        ...

    def search(self, typed: str, limit: int) -> tuple[TicketId, ...]:
        """Return tickets by number: the very one, or those that begin with it and a dash.

        Args:
            typed: In upper case; blanks and dashes of a whole number do not matter.
            limit: Most tickets.
        """
        ...

    def of_ticket(self, ticket: TicketId) -> tuple[Listing, ...]:
        """Return the rows that open a ticket, oldest first."""
        ...

    def scopes(self, source: str) -> tuple[int, ...]:
        """Return the scopes for which a source has listed tickets."""
        ...

    def count(self, source: str, scope: int) -> int:
        """Return how many tickets a source has listed for a scope."""
        ...

    def put(self, listing: Listing, now: Instant) -> Listing | None:
        """Add or replace a row; return what stood there."""
        ...

    def drop(self, key: Ref, now: Instant) -> Listing | None:
        """Take a row away; return what stood there."""
        ...


class Revocations(Protocol):
    """What is refused, with its history."""

    def active(self, targets: Sequence[Ref]) -> tuple[Revocation, ...]:
        """Return what refuses any of these now."""
        ...

    def known(self, targets: Sequence[Ref], at: Instant) -> tuple[Revocation, ...]:
        """Return what refused any of these at an instant."""
        ...

    def put(self, revocation: Revocation, source: str) -> Revocation:
        """Add a revocation; one that stands already keeps its `since`, and is returned."""
        ...

    def lift(self, target: Ref, now: Instant) -> tuple[Revocation, ...]:
        """Take back every revocation of a target; return them."""
        ...

    def last(self) -> int:
        """Return the sequence of the latest one, 0 = there is none."""
        ...

    def after(self, sequence: int, limit: int) -> tuple[tuple[int, Revocation], ...]:
        """Return those after a sequence in the order they came, taken back since or not."""
        ...
