"""A sample evening, for the demo and for rehearsals of the doors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from validator.boxoffice.model import Item, Offer, Refund
from validator.boxoffice.office import BoxOffice
from validator.boxoffice.records.barcodes import ean13_check_digit
from validator.boxoffice.records.catalogue import performance_of
from validator.boxoffice.records.program import local_time
from validator.clock import DAY_MS, HOUR_MS, MINUTE_MS, Instant
from validator.model import Performance, Tariff

STALLS, BALCONY = 0, 1
"""Bit numbers of the zones."""

FULL, STUDENT, GROUP = 1, 2, 3
"""Numbers of the tariffs."""

DISTRIBUTOR = "Billetor"

_EVENT_NAME = "Lumen Quartet"
_ZONE = "Europe/Zurich"
_CROWD_ORDERS = 15
_OFFERS = (
    Offer(STALLS, FULL, 7800),
    Offer(STALLS, STUDENT, 4500),
    Offer(BALCONY, FULL, 5200),
    Offer(BALCONY, STUDENT, 3000),
)
_TARIFFS = (
    Tariff(
        FULL,
        {
            "en": "Full price",
            "fr": "Plein tarif",
            "de": "Normalpreis",
            "es": "Tarifa normal",
            "it": "Intero",
        },
    ),
    Tariff(
        STUDENT,
        {
            "en": "Student",
            "fr": "Étudiant",
            "de": "Studierende",
            "es": "Estudiante",
            "it": "Studente",
        },
        "student",
        {
            "en": "student card",
            "fr": "carte d’étudiant",
            "de": "Studierendenausweis",
            "es": "carné de estudiante",
            "it": "tessera studenti",
        },
    ),
    Tariff(
        GROUP,
        {"en": "Group", "fr": "Groupe", "de": "Gruppe", "es": "Grupo", "it": "Gruppo"},
        "group",
    ),
)


@dataclass(frozen=True, slots=True)
class SampleEvening:
    """What the sample evening is made of; tickets by number, all for tonight unless said.

    Args:
        event: Id of the event.
        tonight: Scope of the performance whose doors are open.
        tomorrow: Scope of the next day's performance.
        full: Three valid tickets, full price, stalls.
        student: Two valid tickets that ask for a student card, stalls.
        balcony: A valid ticket for the balcony.
        group: A valid ticket that admits 4.
        duplicate: A valid ticket, to be shown twice.
        reentry: A valid ticket, to leave and come again.
        to_cancel: A valid ticket, to be cancelled while the lanes run.
        offline: Four valid tickets, for a lane that is cut off.
        next_day: A valid ticket for tomorrow.
        cancelled: A ticket that was cancelled.
        unpaid: A ticket whose order waits for its payment.
        reissued: A valid ticket; the first of its two codes is refused as exchanged.
        exchanged: A ticket that was exchanged for another.
        ean13: A reseller's ticket with an EAN-13 code.
        code128: A reseller's ticket with a Code 128 code.
        crowd: Valid tickets of both zones, for everything else.
    """

    event: str
    tonight: int
    tomorrow: int
    full: tuple[str, ...]
    student: tuple[str, ...]
    balcony: str
    group: str
    duplicate: str
    reentry: str
    to_cancel: str
    offline: tuple[str, ...]
    next_day: str
    cancelled: str
    unpaid: str
    reissued: str
    exchanged: str
    ean13: str
    code128: str
    crowd: tuple[str, ...]


def sell_sample_evening(office: BoxOffice, now: Instant) -> SampleEvening:
    """Sell a sample evening; one that was sold here before and is not over is kept.

    Tonight's doors opened an hour ago, it starts in a quarter of an hour and ends in three hours;
    tomorrow is a day later.

    Args:
        office: Gets the event, its orders and its resellers' tickets.
        now: Present instant.
    """
    held = _held(office)
    if held is not None:
        with office.database.read() as transaction:
            if performance_of(transaction, held.tonight).end > now:
                return held
    evening = _sell(office, *_plan(office, now))
    with office.database.write() as transaction:
        for role, value in asdict(evening).items():
            transaction.run("INSERT OR REPLACE INTO sample VALUES (?, ?)", role, json.dumps(value))
    return evening


def _held(office: BoxOffice) -> SampleEvening | None:
    with office.database.read() as transaction:
        rows = transaction.rows("SELECT role, value FROM sample")
    values: dict[str, Any] = {row["role"]: json.loads(row["value"]) for row in rows}
    if values.keys() != {field.name for field in fields(SampleEvening)}:
        return None
    for role, value in values.items():
        values[role] = tuple(value) if isinstance(value, list) else value
    return SampleEvening(**values)


def _plan(office: BoxOffice, now: Instant) -> tuple[str, int, int]:
    tonight = office.catalogue.next_scope()
    tomorrow = tonight + 1
    event = f"sample-{tonight}"
    office.catalogue.put_event(event, _EVENT_NAME, {STALLS: "Stalls", BALCONY: "Balcony"})
    for tariff in _TARIFFS:
        office.catalogue.put_tariff(tariff)
    minute = now - now % (5 * MINUTE_MS)
    for scope, later in ((tonight, 0), (tomorrow, DAY_MS)):
        start = Instant(minute + 15 * MINUTE_MS + later)
        day = local_time(start, _ZONE)
        office.catalogue.put_performance(
            Performance(
                scope=scope,
                event=event,
                name=f"{_EVENT_NAME}, {day:%A}",
                doors=Instant(minute - HOUR_MS + later),
                start=start,
                end=Instant(minute + 3 * HOUR_MS + later),
                zone=_ZONE,
            )
        )
        office.offers.put(scope, _OFFERS)
    return event, tonight, tomorrow


def _sell(office: BoxOffice, event: str, tonight: int, tomorrow: int) -> SampleEvening:
    prices = {(offer.zone, offer.tariff): offer.price for offer in _OFFERS}

    def seats(zone: int, row: str, count: int, tariff: int = FULL) -> list[Item]:
        return [
            Item(tonight, tariff, zone, f"row {row}, seat {seat}", price=prices[zone, tariff])
            for seat in range(1, count + 1)
        ]

    def sold(name: str, items: Sequence[Item], paid: bool = True) -> tuple[str, ...]:
        email = f"{name.split()[0].lower()}@example.org"
        order = office.orders.sell(name, email, items, paid)
        return tuple(ticket.number for ticket in order.tickets)

    full = sold("Ada Muster", seats(STALLS, "A", 3))
    student = sold("Noé Exemple", seats(STALLS, "B", 2, STUDENT))
    (balcony,) = sold("Lena Beispiel", seats(BALCONY, "A", 1))
    (group,) = sold("Chorale du Lac", [Item(tonight, GROUP, STALLS, "row C", 4)])
    duplicate, reentry = sold("Mara Esempio", seats(STALLS, "D", 2))
    to_cancel, cancelled = sold("Iker Ejemplo", seats(STALLS, "E", 2))
    offline = sold("Zoé Modèle", seats(STALLS, "F", 4))
    (next_day,) = sold("Tim Probe", [Item(tomorrow, FULL, STALLS, "row A, seat 1")])
    (unpaid,) = sold("Ines Muestra", seats(STALLS, "G", 1), paid=False)
    reissued, exchanged = sold("Ugo Saggio", seats(STALLS, "H", 2))
    crowd: list[str] = []
    for place in range(_CROWD_ORDERS):
        zone, row = (STALLS, BALCONY)[place % 2], "JKLMNPQRSTUVWXY"[place]
        crowd += sold(f"Guest {place + 1}", seats(zone, row, 4))
    office.tickets.cancel([cancelled], Refund.TRANSFER, "Guest is unwell")
    office.tickets.reissue(reissued)
    office.tickets.exchange(exchanged, Item(tonight, FULL, BALCONY, "row B, seat 1"))
    digits = f"29{tonight % 10**5:05d}00001"
    item = Item(tonight, FULL, STALLS)
    codes = [
        (digits + ean13_check_digit(digits), "ean13"),
        (f"BLT-{tonight:05d}-00001", "code128"),
    ]
    ean13, code128 = (
        ticket.number for ticket in office.orders.list_codes(DISTRIBUTOR, item, codes).tickets
    )
    return SampleEvening(
        event=event,
        tonight=tonight,
        tomorrow=tomorrow,
        full=full,
        student=student,
        balcony=balcony,
        group=group,
        duplicate=duplicate,
        reentry=reentry,
        to_cancel=to_cancel,
        offline=offline,
        next_day=next_day,
        cancelled=cancelled,
        unpaid=unpaid,
        reissued=reissued,
        exchanged=exchanged,
        ean13=ean13,
        code128=code128,
        crowd=tuple(crowd),
    )
