"""A box office to test with, and check-ins to send to it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from doubles.clock.hand_clock import HandClock
from doubles.evening import NOW
from validator.boxoffice import BoxOffice, Item
from validator.clock import HOUR_MS, Instant
from validator.model import (
    Assurance,
    CheckIn,
    CheckInId,
    Decision,
    DeviceId,
    Direction,
    Kind,
    Performance,
    Reason,
    Tariff,
    TicketId,
    uuid7,
)
from validator.ports import Report

NOON = NOW
TONIGHT, TOMORROW = 7, 8
FULL, STUDENT = 1, 2
STALLS, BALCONY = 0, 1
SEAT = Item(TONIGHT, FULL, STALLS, "row F, seat 12")
STANDING = Item(TONIGHT, FULL, STALLS)


def entropy(seed: str = "") -> Callable[[int], bytes]:
    """Return bytes that look random and are the same in every run."""
    state = [hashlib.sha256(seed.encode()).digest()]

    def draw(count: int) -> bytes:
        drawn = b""
        while len(drawn) < count:
            state[0] = hashlib.sha256(state[0]).digest()
            drawn += state[0]
        return drawn[:count]

    return draw


def open_box(folder: Path, hand: HandClock, seed: str = "") -> BoxOffice:
    """Open a box office with two performances, two tariffs and two zones."""
    office = BoxOffice.open(folder, hand.clock, entropy(seed))
    office.catalogue.put_event("spring", "Spring", {STALLS: "Stalls", BALCONY: "Balcony"})
    office.catalogue.put_tariff(Tariff(FULL, {"en": "Full price"}))
    office.catalogue.put_tariff(
        Tariff(STUDENT, {"en": "Student"}, "student", {"en": "student card"})
    )
    for scope, later in ((TONIGHT, 0), (TOMORROW, 24 * HOUR_MS)):
        office.catalogue.put_performance(
            Performance(
                scope,
                "spring",
                "Spring, the concert",
                Instant(NOON - HOUR_MS + later),
                Instant(NOON + HOUR_MS + later),
                Instant(NOON + 3 * HOUR_MS + later),
            )
        )
    return office


def active_key(office: BoxOffice) -> int:
    """Return the number of the key that signs."""
    with office.database.read() as transaction:
        return int(transaction.value("SELECT kid FROM issuer_keys WHERE state = 'active'"))


def check_in(
    place: int,
    ticket: TicketId | None,
    kind: Kind = Kind.SHOWN,
    direction: Direction = Direction.ENTRY,
    decision: Decision = Decision.ADMIT,
    count: int = 1,
    of: CheckInId | None = None,
    number: str | None = None,
) -> Report:
    """Return the report of a check-in, `place` seconds after noon."""
    at = Instant(NOON + place * 1000)
    refused = decision is Decision.REFUSE
    return Report(
        CheckIn(
            id=uuid7(at, place.to_bytes(10, "big")),
            kind=kind,
            device=DeviceId("lane-1"),
            gate="a",
            performance=TONIGHT,
            direction=direction,
            decision=decision,
            reason=Reason.CANCELLED if refused else Reason.OK,
            assurance=Assurance.CONFIRMED,
            count=0 if refused else count,
            at=at,
            ticket=ticket,
            of=of,
        ),
        number,
    )
