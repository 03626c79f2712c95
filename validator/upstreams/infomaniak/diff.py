"""What a full read found, compared with what the gateway was told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from validator.clock import Instant
from validator.errors import WireError
from validator.model import (
    DeviceId,
    Direction,
    Entry,
    Listing,
    Performance,
    Ref,
    Revocation,
    RevocationKind,
    Use,
    entry_key,
    uuid7,
)
from validator.ports import Changes, SetAside
from validator.upstreams.infomaniak.assumed_api import used_at
from validator.upstreams.infomaniak.catalogue import ShopCatalogue
from validator.upstreams.infomaniak.memory import Memory, Said
from validator.upstreams.infomaniak.settings import Settings
from validator.upstreams.infomaniak.types import Sold, TicketState
from validator.wire.codec import pack

_UNTOLD = Instant(0)
"""The gateway sets `Revocation.since` itself."""


@dataclass(slots=True)
class Diff:
    """News of one full read.

    What lets a ticket in is told at once; what takes it away only when the full read is over, all
    of it in one answer: a list that has gone wrong shows as a whole, and the gateway can hold it. A
    code is taken away together with telling the one that took its place.

    Args:
        source: Id of the source.
        settings: Meaning of the statuses.
        catalogue: What is on.
        memory: What was told.

    Attributes:
        unknown: Statuses that mean nothing here, counted.
        aside: What is wrong with tickets for which nothing was changed, by their keys.
    """

    source: str
    settings: Settings
    catalogue: ShopCatalogue
    memory: Memory
    unknown: dict[str, int] = field(default_factory=dict)
    aside: dict[str, str] = field(default_factory=dict)
    _cancelled: dict[str, tuple[Sold, Listing]] = field(default_factory=dict)
    _gone: list[str] = field(default_factory=list)
    _replaced: list[Revocation] = field(default_factory=list)
    _said: dict[str, Said] = field(default_factory=dict)
    _listings: list[Listing] = field(default_factory=list)
    _lifted: list[Ref] = field(default_factory=list)
    _uses: list[Use] = field(default_factory=list)

    def take(self, found: Iterable[Sold], now: Instant) -> None:
        """Compare tickets.

        Args:
            found: As they were read.
            now: Wall clock.
        """
        for sold in found:
            state = self.settings.meaning(sold.status)
            if state is None:
                self.unknown[sold.status] = self.unknown.get(sold.status, 0) + 1
                self.aside[sold.key] = f"The status {sold.status!r} is not known here."
                continue
            try:
                listing = self.catalogue.listing(sold)
            except WireError as error:
                self.aside[sold.key] = str(error)
                continue
            self.aside.pop(sold.key, None)
            if state == TicketState.CANCELLED:
                self._cancelled[sold.key] = (sold, listing)
            else:
                self._take_good(sold, listing, state, now)

    def cancel(self, key: str) -> None:
        """Take a ticket for cancelled that is gone."""
        self._gone.append(key)

    @property
    def has_news(self) -> bool:
        """Whether there is something that need not wait for the end."""
        return bool(self._said)

    def answer(
        self, more: bool, as_of: Instant | None, aside: tuple[SetAside, ...] = ()
    ) -> Changes:
        """Return what is new, and keep it as pending.

        Args:
            more: The full read goes on, so that cancellations wait.
            as_of: When the full read began, if it was complete.
            aside: Rows that could not be read.
        """
        revocations = (*self._replaced, *(() if more else self._taken_away()))
        entries, digests = self._entries()
        cursor = self.memory.tell(self._said, digests)
        changes = Changes(
            cursor=cursor,
            as_of=as_of,
            more=more,
            entries=entries,
            listings=tuple(self._listings),
            revocations=revocations,
            inferred=bool(revocations),
            lifted=tuple(self._lifted),
            uses=tuple(self._uses),
            aside=aside,
        )
        self._said, self._listings, self._replaced = {}, [], []
        self._lifted, self._uses = [], []
        return changes

    def _taken_away(self) -> Iterator[Revocation]:
        for key, (sold, listing) in self._cancelled.items():
            before = self.memory.said(key)
            said = self._say(sold, listing, TicketState.CANCELLED, before)
            if said != before:
                self._said[key] = said
            if before is None or before.digest != said.digest:
                self._listings.append(listing)
            if before is None or before.state != TicketState.CANCELLED:
                yield Revocation(listing.ticket.id, RevocationKind.CANCELLED, _UNTOLD)
        for key in self._gone:
            before = self.memory.said(key)
            if before is not None and before.state != TicketState.CANCELLED:
                self._said[key] = replace(before, state=TicketState.CANCELLED)
                ticket = self.catalogue.ticket_id(key)
                yield Revocation(ticket, RevocationKind.CANCELLED, _UNTOLD)
        self._cancelled, self._gone = {}, []

    def _take_good(self, sold: Sold, listing: Listing, state: TicketState, now: Instant) -> None:
        before = self.memory.said(sold.key)
        said = self._say(sold, listing, state, before)
        fresh = before is None or before.state == TicketState.CANCELLED
        if state == TicketState.USED and (before is None or before.state != TicketState.USED):
            said = self._used(sold, listing, said, now)
        if said == before:
            return
        self._said[sold.key] = said
        if before is None or before.digest != said.digest:
            self._listings.append(listing)
        if fresh:
            self._lifted.append(listing.ticket.id)
        if before is not None and before.code != said.code:
            self._replace(before.code, listing)

    def _used(self, sold: Sold, listing: Listing, said: Said, now: Instant) -> Said:
        """Tell of an entry with the shop's own scanners, unless the shop knows it from us."""
        if self.memory.scans(sold.key) or sold.kind == "pass":
            return said
        seed = f"{self.source}/{sold.key}/{said.uses}".encode()
        self._uses.append(
            Use(
                id=uuid7(_UNTOLD, hashlib.sha256(seed).digest()),
                ticket=listing.ticket.id,
                performance=listing.ticket.scope,
                direction=Direction.ENTRY,
                count=1,
                at=used_at(sold, self.settings.zone, now),
                gate=self.source,
                device=DeviceId(self.source),
            )
        )
        return replace(said, uses=said.uses + 1)

    def _replace(self, old: str, listing: Listing) -> None:
        code, number = self.catalogue.code_id(old), listing.ticket.number
        if code is not None and code != listing.key:
            self._replaced.append(Revocation(code, RevocationKind.EXCHANGED, _UNTOLD, number))

    def _say(self, sold: Sold, listing: Listing, state: TicketState, before: Said | None) -> Said:
        uses = before.uses if before is not None else 0
        return Said(sold.code, listing.ticket.scope, state, _digest(pack(listing)), uses)

    def _entries(self) -> tuple[tuple[Entry, ...], dict[str, str]]:
        told = self.memory.told_entries()
        found = {entry_key(entry): entry for entry in self.catalogue.entries()}
        digests = {key: _said_of(entry) for key, entry in found.items()}
        new = {key: digest for key, digest in digests.items() if told.get(key) != digest}
        return tuple(found[key] for key in new), new


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]


def _said_of(entry: Entry) -> str:
    end = entry.end if isinstance(entry, Performance) else ""
    return f"{_digest(pack(entry))}/{end}"


def ended(said: str, now: Instant) -> bool:
    """Tell whether the entry that was told is a performance, and over."""
    end = said.partition("/")[2]
    return end != "" and int(end) < now
