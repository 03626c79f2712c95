"""Port of the store: people and services that may sign in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from validator.clock import Instant


@dataclass(frozen=True, slots=True)
class UserRecord:
    """Somebody who may sign in.

    Args:
        name: Unique.
        role: `steward`, `supervisor`, `service` …
        token_hash: Of the token.
        ref: Random name under which the journal knows this user today.
    """

    name: str
    role: str
    token_hash: bytes
    ref: str = ""


class Users(Protocol):
    """People and services that may sign in."""

    def put(self, user: UserRecord) -> None:
        """Add or replace a user."""
        ...

    def remove(self, name: str) -> None:
        """Forget a user."""
        ...

    def refer(self, name: str, ref: str, now: Instant) -> None:
        """Give a user another reference from now on; whose the old one was stays known."""
        ...

    def staff(self) -> Mapping[str, str]:
        """Return the name behind every reference that is not erased yet."""
        ...

    def referred_before(self, at: Instant) -> tuple[str, ...]:
        """Return the users whose reference is older than a time."""
        ...

    def erase(self, before: Instant) -> int:
        """Forget whose the references were that nobody has used since; return how many."""
        ...

    def of_token(self, token_hash: bytes) -> UserRecord | None:
        """Return the user who has a token."""
        ...

    def all(self) -> tuple[UserRecord, ...]:
        """Return every user, by name."""
        ...
