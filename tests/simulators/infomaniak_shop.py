"""What the simulated shop sells, and what its tickets have been through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from validator.clock import HOUR_MS, Instant

ZURICH = ZoneInfo("Europe/Zurich")
CUSTOMER = {"firstname": "Ada", "lastname": "Lovelace", "email": "ada@example.org"}


@dataclass(slots=True)
class ShopTicket:
    """A ticket, pass or imported ticket.

    Attributes:
        shown: It is on the list; it can be asked for by itself anyway.
        scans: End point and time of every scan that was accepted.
    """

    kind: str
    id: int
    event: int
    date: int
    category: int
    zone: int
    status: str = "valid"
    code: str = ""
    seat: str = ""
    distributor: str = ""
    sold_on: str = "2026-10-01"
    shown: bool = True
    inside: bool = False
    scans: list[tuple[str, Instant]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.code = self.code or f"{self.id:08d}{self.kind[0].upper()}"

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.id}"

    @property
    def qr(self) -> str:
        """The text of its QR code."""
        return f"20{self.code}^0^100000000"

    def json(self) -> dict[str, object]:
        return {
            f"{self.kind}_id": self.id,
            "barcode": self.qr,
            "ticket_number": f"{self.kind[0].upper()}{self.id}",
            "event_id": self.event,
            "date_id": self.date,
            "category_id": self.category,
            "category_name": f"Category {self.category}",
            "zone_id": self.zone,
            "seat": self.seat,
            "distributor": self.distributor,
            "status": self.status,
            "customer": CUSTOMER,
        }


@dataclass(slots=True)
class Shop:
    """The organiser's shop.

    Args:
        start: When its first performance begins.
        dates: Numbers of its performances, all of one event.
        apart_h: Hours between them.
        lasts_h: Hours until they end.

    Attributes:
        marks_used: A scan changes the status to this; empty = it does not.
        newest_first: Order of the lists.
    """

    start: Instant
    dates: tuple[int, ...] = (501, 502)
    apart_h: int = 24
    lasts_h: int = 2
    event: int = 61948
    zones: tuple[int, ...] = (118271, 118272)
    categories: tuple[int, ...] = (283338, 283346)
    tickets: dict[str, ShopTicket] = field(default_factory=dict)
    pass_kinds: list[dict[str, object]] = field(default_factory=list)
    marks_used: str = "used"
    newest_first: bool = False
    _codes: dict[str, ShopTicket] = field(default_factory=dict)
    _last: int = 0

    def sell(self, count: int = 1, date: int = 0, kind: str = "ticket") -> list[ShopTicket]:
        """Sell tickets of a performance; 0 = the first."""
        sold = []
        for _ in range(count):
            self._last += 1
            place = self._last % 2
            ticket = ShopTicket(
                kind,
                self._last,
                self.event,
                date or self.dates[0],
                self.categories[place],
                self.zones[place],
                distributor="Billetor" if kind == "imported" else "",
            )
            self.tickets[ticket.key] = ticket
            self._codes[ticket.code] = ticket
            sold.append(ticket)
        return sold

    def reissue(self, ticket: ShopTicket, code: str) -> None:
        """Give a ticket another code."""
        del self._codes[ticket.code]
        ticket.code = code
        self._codes[code] = ticket

    def remove(self, tickets: Iterable[ShopTicket]) -> None:
        """Take tickets out of everything."""
        for ticket in tickets:
            del self.tickets[ticket.key]
            del self._codes[ticket.code]

    def by_code(self, code: str) -> ShopTicket | None:
        return self._codes.get(code)

    def listed(self, kind: str, begin: str) -> list[ShopTicket]:
        """Return the rows of a list, sold since a day."""
        found = [
            ticket
            for ticket in self.tickets.values()
            if ticket.kind == kind and ticket.sold_on >= begin and ticket.shown
        ]
        return found[::-1] if self.newest_first else found

    def scanned(self, ticket: ShopTicket, what: str, now: Instant) -> tuple[str, str] | None:
        """Take a scan; return why it is refused."""
        if ticket.status == "cancelled":
            return "Ticket cancelled", "ticket_cancelled"
        if what == "scan-out":
            if not ticket.inside:
                return "Ticket already out", "already_out"
        elif ticket.inside or (what == "scan" and ticket.scans):
            return "Ticket already scanned", "already_scanned"
        ticket.inside = what != "scan-out"
        ticket.scans.append((what, now))
        if self.marks_used:
            ticket.status = self.marks_used
        return None

    def events_json(self) -> list[dict[str, object]]:
        return [
            {
                "event_id": self.event,
                "date_id": date,
                "period_id": 1,
                "name": f"Spring, evening {place + 1}",
                "date": _local(start),
                "start": _local(start),
                "end": _local(start + self.lasts_h * HOUR_MS),
                "opening_doors": _local(start - 2 * HOUR_MS)[11:],
                "closing_doors": None,
                "status": "visible",
                "capacity": None,
                "has_zone": True,
                "address": {"title": "Hall"},
            }
            for place, date in enumerate(self.dates)
            for start in (self.start + place * self.apart_h * HOUR_MS,)
        ]

    def zones_json(self, event: int) -> list[dict[str, object]] | None:
        if event != self.event:
            return None
        return [
            {
                "zone_id": zone,
                "name": f"Zone {place + 1}",
                "numbered": 1,
                "free_seats": 100,
                "categories": [
                    {"category_id": category, "name": name, "amount": 59, "free_seats": 9}
                ],
            }
            for place, (zone, category, name) in enumerate(
                zip(self.zones, self.categories, ("Plein tarif", "Etudiant"), strict=True)
            )
        ]


def _local(at: int) -> str:
    moment = datetime.fromtimestamp(at / 1000, UTC).astimezone(ZURICH)
    return moment.strftime("%Y-%m-%d %H:%M:%S")
