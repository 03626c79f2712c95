"""One evening for the benches: a performance, a gate, a key, and as many tickets as it takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from validator.clock import HOUR_MS, Instant
from validator.keys import SigningKey
from validator.model import (
    Entry,
    Gate,
    IssuerKey,
    KeyState,
    Listing,
    Performance,
    Serial,
    Source,
    Tariff,
    Ticket,
)
from validator.token import Claims, issue

SCOPE, TARIFF, KID = 905, 901, 901
GATE, SOURCE = "a", "box"
ISSUER = SigningKey.from_seed(b"bench: issuer's seed, 32 bytes..")


def entries(now: Instant) -> tuple[Entry, ...]:
    """Return the catalogue; doors opened an hour ago."""
    doors, end = Instant(now - HOUR_MS), Instant(now + 12 * HOUR_MS)
    return (
        Performance(SCOPE, "bench", "Tonight", doors, now, end),
        Tariff(TARIFF, {"en": "Full price"}),
        Gate(GATE, "Main entrance", (SCOPE,)),
        Source(SOURCE, "Box office"),
        IssuerKey(KID, ISSUER.public, KeyState.ACTIVE, (SCOPE,), SOURCE),
    )


def code(serial: int) -> str:
    """Return the text of a genuine ticket."""
    return issue(ISSUER, KID, Claims(SCOPE, serial, TARIFF, admits=1))


def listings(serials: Iterable[int]) -> Iterator[Listing]:
    """Yield the rows of these serials."""
    for serial in serials:
        key = Serial(SCOPE, serial)
        number = f"1043-{serial}-K7QM"
        yield Listing(key, Ticket(key.ticket(), SCOPE, TARIFF, SOURCE, number=number, seat="F 12"))
