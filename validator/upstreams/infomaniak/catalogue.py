"""The shop's performances, zones and tariffs, and what its tickets are here."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2s

from validator.errors import TokenError, WireError
from validator.keys import KeyRing
from validator.model import (
    CodeId,
    Entry,
    Listing,
    Opaque,
    Pass,
    Performance,
    Shape,
    Source,
    Tariff,
    Ticket,
    TicketId,
)
from validator.token import read
from validator.upstreams.infomaniak.assumed_api import LISTS
from validator.upstreams.infomaniak.memory import Memory
from validator.upstreams.infomaniak.settings import Settings
from validator.upstreams.infomaniak.types import Event, PassKind, Sold, Zone

_TARIFFS, _PASS_TARIFFS = range(20_000, 55_000), range(55_000, 60_000)
_ZONES = range(32)
PASSES = 0x8000_0000
"""Passes and performances are numbered apart there, and together here."""


class ShopCatalogue:
    """What is on, as last read.

    Args:
        source: Id of the source.
        settings: The shop.
        memory: Keeps the numbers of tariffs and zones.
        ring: Hides plain codes.

    Attributes:
        events: Performances that the key sees, by their number.
        zones: By the number of their event.
        pass_kinds: By number.
        hidden: Names of categories that only tickets tell of, by number: no zone shows them.
        shapes: Of codes.
    """

    def __init__(self, source: str, settings: Settings, memory: Memory, ring: KeyRing) -> None:
        self.events: dict[int, Event] = {}
        self.zones: dict[int, tuple[Zone, ...]] = {}
        self.pass_kinds: dict[int, PassKind] = {}
        self.hidden: dict[int, str] = {}
        self.shapes: frozenset[Shape] = frozenset()
        self._source = source
        self._settings = settings
        self._memory = memory
        self._ring = ring

    def entries(self) -> Iterator[Entry]:
        """Return what the catalogue is to hold of this shop."""
        shapes = sorted(self.shapes, key=lambda shape: (shape.symbology, shape.length))
        yield Source(self._source, "Infomaniak", tuple(shapes))
        language = self._settings.language
        for event in self.events.values():
            yield Performance(
                scope=event.date,
                event=str(event.event),
                name=event.name,
                doors=event.doors,
                start=event.start,
                end=event.end,
                zone=self._settings.timezone,
            )
        shown = {
            id: name
            for zones in self.zones.values()
            for zone in zones
            for id, name in zone.categories.items()
        }
        for id, name in {**self.hidden, **shown}.items():
            yield Tariff(self._tariff(id), {language: name or f"Tariff {id}"})
        for kind in self.pass_kinds.values():
            yield Pass(
                scope=PASSES | kind.id,
                name=kind.name,
                performances=kind.dates or tuple(self.events),
                limit=kind.limit,
                per_day=kind.per_day,
                per_performance=kind.per_performance,
            )
            yield Tariff(self._pass_tariff(kind.id), {language: kind.name})

    def follows(self, sold: Sold) -> bool:
        """Tell whether a ticket belongs to what is followed here."""
        followed = self._settings.events
        return not followed or sold.event is None or sold.event in followed

    def is_shown(self, scope: int) -> bool:
        """Tell whether the key sees the performance (or pass) now."""
        return scope in self.events or (scope & ~PASSES in self.pass_kinds and scope >= PASSES)

    def listing(self, sold: Sold) -> Listing:
        """Return what a ticket is here.

        Raises:
            WireError: Its performance or its code can't be told.
        """
        reading = self._reading(sold.code)
        if reading is None:
            raise WireError("A ticket of Infomaniak has a code that no lane could read.")
        self.shapes |= {shape_of(sold.kind, reading.text)}
        is_pass = sold.kind == "pass"
        if not is_pass:
            self.hidden.setdefault(sold.category, sold.category_name)
        ticket = Ticket(
            id=self.ticket_id(sold.key),
            scope=PASSES | sold.category if is_pass else self._scope(sold),
            tariff=self._pass_tariff(sold.category) if is_pass else self._tariff(sold.category),
            source=self._source,
            zones=self._zone_bit(sold),
            number=sold.number,
            seat=sold.seat,
            distributor=sold.distributor or ("imported" if sold.kind == "imported" else ""),
        )
        return Listing(reading.code, ticket)

    def ticket_id(self, key: str) -> TicketId:
        """Return how a ticket of the shop is called here."""
        return TicketId(f"{self._source}:{key}")

    def key_of(self, ticket: TicketId | None) -> str | None:
        """Undo `ticket_id`; None = it is not of this shop."""
        source, _, key = (ticket or "").partition(":")
        return key if source == self._source and key.partition("-")[0] in LISTS else None

    def code_id(self, code: str) -> CodeId | None:
        """Return the digest of a code; None = no lane could read it."""
        reading = self._reading(code)
        return reading.code if reading is not None else None

    def _reading(self, code: str) -> Opaque | None:
        try:
            # Read as a lane reads it, so that both arrive at the same canonical text.
            reading = read(code, self._ring)
        except TokenError:
            return None
        return reading if isinstance(reading, Opaque) else None

    def _scope(self, sold: Sold) -> int:
        if sold.date is not None:
            return sold.date
        dates = [event.date for event in self.events.values() if event.event == sold.event]
        if len(dates) != 1:
            raise WireError("A ticket of Infomaniak does not say which performance it is for.")
        return dates[0]

    def _tariff(self, category: int) -> int:
        return self._memory.number("tariff", category, self._place(category), _TARIFFS)

    def _pass_tariff(self, category: int) -> int:
        return self._memory.number("pass", category, self._place(category), _PASS_TARIFFS)

    def _place(self, category: int) -> int:
        # Other sources number their tariffs too: scattered, they hardly ever meet.
        digest = blake2s(f"{self._source}/{category}".encode(), digest_size=4).digest()
        return int.from_bytes(digest, "big")

    def _zone_bit(self, sold: Sold) -> int:
        """Return the bit of a ticket's zone: its place among the event's; 0 = every zone."""
        if sold.zone is None or sold.event is None:
            return 0
        known = sorted({zone.id for zone in self.zones.get(sold.event, ())} | {sold.zone})
        return 1 << self._memory.number(
            f"zone of {sold.event}", sold.zone, known.index(sold.zone), _ZONES
        )


def shape_of(kind: str, code: str) -> Shape:
    """Return the shape of a code: the shop prints QR codes, resellers whatever they like."""
    return Shape("" if kind == "imported" else "qrcode", len(code))
