"""Port of the store: what ticketing systems are to be told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from validator.model import CheckInId
from validator.ports import Outcome, Report


@dataclass(frozen=True, slots=True)
class Delivery:
    """A check-in that a ticketing system has not taken yet.

    Args:
        seq: Its place in the outbox.
        source: Who is to be told.
        report: What.
        refused: It was refused for good, and waits for people.
        answer: Why.
    """

    seq: int
    source: str
    report: Report
    refused: bool
    answer: str


class Outbox(Protocol):
    """Check-ins that ticketing systems are to be told."""

    def put(self, source: str, id: CheckInId, number: str | None) -> None:
        """Owe a check-in to a source."""
        ...

    def follow(self, of: CheckInId, id: CheckInId) -> None:
        """Owe an event to every source that was owed the check-in it is about."""
        ...

    def owed(self, source: str, limit: int, since: CheckInId | None = None) -> tuple[Report, ...]:
        """Return the oldest ones that are owed.

        Args:
            source: To whom.
            limit: At most so many.
            since: From the place of this one on, owed or not; None = all.
        """
        ...

    def settle(self, source: str, outcomes: Iterable[Outcome]) -> None:
        """Mark what was taken, or refused for good."""
        ...

    def backlog(self) -> Mapping[str, int]:
        """Count what is owed, by source."""
        ...

    def refused(self) -> Mapping[str, int]:
        """Count what was refused for good, by source."""
        ...

    def undelivered(self, refused: bool, after: int, limit: int) -> tuple[Delivery, ...]:
        """Return what is owed, or what was refused for good, behind a place; the oldest first."""
        ...

    def retry(self, source: str | None, id: CheckInId | None) -> int:
        """Owe again what was refused for good; return how many.

        Args:
            source: Only by this one; None = any.
            id: Only this one; None = all.
        """
        ...
