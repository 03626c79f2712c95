"""Port of the store, second half: what is known of tickets, and what was published of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from validator.clock import Instant
from validator.feed import Epoch, Held, Row
from validator.model import (
    CodeId,
    DeviceId,
    Listing,
    Ref,
    Revocation,
    Serial,
    TicketId,
)


class Listings(Protocol):
    """Ticket rows, with their history."""

    def of_keys(self, keys: Sequence[CodeId | Serial]) -> tuple[Listing, ...]:
        """Return the rows of these codes and serials as they stand now."""
        ...

    def known(self, keys: Sequence[CodeId | Serial], at: Instant) -> tuple[Listing, ...]:
        """Return the rows as they were known at an instant.

        A row that was learned later is returned as it was first known: a lane can't have had it
        before the gateway, so a restored gateway has only forgotten when it learned it.
        """
        ...

    def of_number(self, number: str) -> tuple[Listing, ...]:
        """Return the rows with a printed number."""
        ...

    def search(self, typed: str, limit: int) -> tuple[TicketId, ...]:
        """Return tickets by number: the very one, or those that begin with it and a dash.

        Args:
            typed: In upper case; blanks and dashes of a whole number do not matter.
            limit: Most tickets.
        """
        ...

    def of_ticket(self, ticket: TicketId) -> tuple[Listing, ...]:
        """Return the rows that open a ticket."""
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


class Streams(Protocol):
    """What has been published: numbered streams, their rows and sealed frames."""

    def epoch(self) -> Epoch | None:
        """Return the store's present life, None before the first."""
        ...

    def enter(self, epoch: Epoch) -> None:
        """Begin a life of the store."""
        ...

    def held(self, stream: str) -> Held:
        """Return where a stream stands (`Held.empty` if nothing was ever published)."""
        ...

    def positions(self) -> tuple[Held, ...]:
        """Return where every stream stands."""
        ...

    def changed(self, stream: str, rows: Iterable[Row]) -> tuple[Row, ...]:
        """Leave out the rows that would change nothing; of one key the last one counts."""
        ...

    def write(self, held: Held, rows: Iterable[Row], sealed: bytes) -> None:
        """Append a frame and carry its rows out.

        Args:
            held: Where the stream stands after it.
            rows: Its changes.
            sealed: The frame.
        """
        ...

    def value(self, stream: str, key: bytes) -> bytes | None:
        """Return a row."""
        ...

    def rows(self, stream: str) -> tuple[tuple[bytes, bytes], ...]:
        """Return all rows of a stream, sorted by key."""
        ...

    def frames(self, stream: str, after: int, limit: int) -> tuple[bytes, ...] | None:
        """Return the frames that follow a sequence, None if they are too many or not kept."""
        ...

    def cut(self) -> int:
        """Return the journal's sequence up to which the uses streams are published."""
        ...

    def move_cut(self, sequence: int) -> None:
        """Move it."""
        ...


class Upstreams(Protocol):
    """Where each ticketing system was left off."""

    def cursor(self, source: str) -> str:
        """Return the cursor for the next poll; empty = from the beginning."""
        ...

    def as_of(self) -> Mapping[str, Instant]:
        """Return when each source was last heard out completely."""
        ...

    def move(self, source: str, cursor: str, as_of: Instant | None) -> None:
        """Take a step; `as_of` never goes back, and None leaves it."""
        ...


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """An enrolled device.

    Args:
        id: Its name on the wire.
        name: For people.
        gate: Gate id, empty = none.
        token_hash: Of its token; the token itself is stored nowhere.
        enrolled_at: When.
        revoked: It may still deliver, into quarantine.
        key: Public half of the key that signs its journal's heads, 32 bytes; empty = none.
    """

    id: DeviceId
    name: str
    gate: str
    token_hash: bytes
    enrolled_at: Instant
    revoked: bool = False
    key: bytes = b""


class Devices(Protocol):
    """Enrolled devices, and the one-time secrets that enrol them."""

    def put(self, device: DeviceRecord) -> None:
        """Add or replace a device."""
        ...

    def find(self, id: DeviceId) -> DeviceRecord | None:
        """Return a device."""
        ...

    def of_token(self, token_hash: bytes) -> DeviceRecord | None:
        """Return the device that has a token."""
        ...

    def all(self) -> tuple[DeviceRecord, ...]:
        """Return every device, by id."""
        ...

    def invite(self, secret_hash: bytes, gate: str, expires: Instant) -> None:
        """Keep a one-time secret's hash."""
        ...

    def accept(self, secret_hash: bytes, now: Instant) -> str | None:
        """Use up a secret; return its gate, None if it is unknown, used or expired."""
        ...

    def forget_codes(self) -> None:
        """Let nobody in any more on the secrets that were given out."""
        ...


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
