"""Port of the gateway's store: SQLite in one file, PostgreSQL later, one contract suite."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from validator.errors import RetryLater
from validator.gateway.store.answers import Answers
from validator.gateway.store.claims import Claims
from validator.gateway.store.devices import Devices
from validator.gateway.store.heads import Heads
from validator.gateway.store.held_cancellations import HeldCancellations
from validator.gateway.store.journal import DeviceRows, Journal
from validator.gateway.store.namesakes import Namesakes
from validator.gateway.store.outbox import Outbox
from validator.gateway.store.restoration import Restoration
from validator.gateway.store.sources import Sources
from validator.gateway.store.streams import Streams
from validator.gateway.store.tickets import Listings, Revocations
from validator.gateway.store.totals import Totals
from validator.gateway.store.users import Users
from validator.gateway.store.uses import Uses


class NotStored(RetryLater):
    """The disk fails: nothing of the transaction was done."""


class Session(Protocol):
    """One transaction: everything that can be asked and changed in it, by noun."""

    @property
    def journal(self) -> Journal:
        """The gateway's events."""
        ...

    @property
    def device_rows(self) -> DeviceRows:
        """The devices' journals."""
        ...

    @property
    def claims(self) -> Claims:
        """Reservations."""
        ...

    @property
    def namesakes(self) -> Namesakes:
        """Ids that more than one device has used."""
        ...

    @property
    def uses(self) -> Uses:
        """Who went through."""
        ...

    @property
    def answers(self) -> Answers:
        """Answers of the API."""
        ...

    @property
    def totals(self) -> Totals:
        """Totals."""
        ...

    @property
    def listings(self) -> Listings:
        """Ticket rows."""
        ...

    @property
    def revocations(self) -> Revocations:
        """What is refused."""
        ...

    @property
    def streams(self) -> Streams:
        """What was published."""
        ...

    @property
    def sources(self) -> Sources:
        """Ticketing systems."""
        ...

    @property
    def outbox(self) -> Outbox:
        """What they are owed."""
        ...

    @property
    def devices(self) -> Devices:
        """Enrolled devices."""
        ...

    @property
    def users(self) -> Users:
        """Who may sign in."""
        ...

    @property
    def heads(self) -> Heads:
        """Signed heads of the journals."""
        ...

    @property
    def held_cancellations(self) -> HeldCancellations:
        """Cancellations that wait for a supervisor."""
        ...

    @property
    def restoration(self) -> Restoration:
        """What a restore has lost."""
        ...

    def savepoint(self) -> AbstractContextManager[None]:
        """Undo what is done inside if it raises, and only that; may be nested.

        Raises:
            FixRequest: A value inside is one that the store can't hold.
        """
        ...


class Store(Protocol):
    """The disk."""

    @property
    def callers_version(self) -> int:
        """Goes up with each commit that changes devices or users, before that is answered."""
        ...

    def transaction(self, wait: bool = True) -> AbstractContextManager[Session]:
        """Change something; durable when the block ends, undone if it raises.

        Args:
            wait: For another process that is writing; in the event loop's thread nobody may.

        Raises:
            RetryLater: The disk does not take it; nothing was changed.
        """
        ...

    def reading(self) -> AbstractContextManager[Session]:
        """Read one state of the store, beside any writer; changing it raises `RetryLater`.

        Never in the event loop's thread, where a slow disk would hold everybody up: what is asked
        at every request is kept in memory there (`CallerCache`), and the rest is asked in another
        thread (`Committer.read`, or `asyncio.to_thread` around what reads several times). Only
        the writer's quick items are done in the loop's thread (ADR 20).
        """
        ...

    def close(self) -> None:
        """Let go of the files."""
        ...
