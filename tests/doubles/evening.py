"""A small evening for tests: two performances, three gates, two tariffs, one source."""

from __future__ import annotations

from dataclasses import replace

from validator.clock import HOUR_MS, Instant
from validator.model import (
    Catalogue,
    CodeId,
    DeviceId,
    Direction,
    Facts,
    Gate,
    IssuerKey,
    KeyState,
    Opaque,
    Pass,
    Performance,
    Reentry,
    Revocation,
    RevocationKind,
    Serial,
    Shape,
    Source,
    Tariff,
    Ticket,
    Token,
    Use,
    UseState,
    uuid7,
)

NOW = Instant(1_795_000_000_000)
TONIGHT, TOMORROW, ELSEWHERE, PASS = 5, 6, 7, 9
FULL, STUDENT = 1, 2
DEVICE = DeviceId("lane-1")

TONIGHTS = Performance(
    TONIGHT,
    "spring",
    "Tonight",
    Instant(NOW - HOUR_MS),
    Instant(NOW + HOUR_MS),
    Instant(NOW + 3 * HOUR_MS),
)
TOMORROWS = replace(
    TONIGHTS,
    scope=TOMORROW,
    doors=Instant(NOW + 23 * HOUR_MS),
    start=Instant(NOW + 25 * HOUR_MS),
    end=Instant(NOW + 27 * HOUR_MS),
)
GATE = Gate("a", "Main entrance", (TONIGHT,))
RETURN = replace(GATE, id="garden", reentry=Reentry.AFTER_EXIT)
EXIT = replace(GATE, id="out", direction=Direction.EXIT)
KEY = IssuerKey(1, bytes(32), KeyState.ACTIVE, (TONIGHT, TOMORROW, ELSEWHERE, PASS), "box")
CATALOGUE = Catalogue.of(
    (
        TONIGHTS,
        TOMORROWS,
        replace(TOMORROWS, scope=ELSEWHERE, event="other"),
        Pass(PASS, "Season", (TONIGHT, TOMORROW), limit=2),
        Tariff(FULL, {"en": "Full price"}),
        Tariff(STUDENT, {"en": "Student"}, "student", {"en": "student card"}),
        GATE,
        RETURN,
        EXIT,
        Source("box", "Box office", (Shape("ean13", 13),)),
        KEY,
    )
)
FRESH = (("box", 1.0),)


def token(serial: int = 1, scope: int = TONIGHT, **changes: object) -> Token:
    """Return a verified token for tonight."""
    code = CodeId(bytes([serial % 256]) * 16)
    plain = Token(code, b"", 1, Serial(scope, serial), FULL, 0, None, None, 1, False)
    return replace(plain, **changes)  # type: ignore[arg-type]


def listed(reading: Token | Opaque, **changes: object) -> Ticket:
    """Return the ticket row for a reading."""
    id_ = reading.serial.ticket() if isinstance(reading, Token) else "box:1"
    plain = Ticket(id_, TONIGHT, FULL, "box", number="1043-2-K7QM", seat="F 12")  # type: ignore[arg-type]
    return replace(plain, **changes)  # type: ignore[arg-type]


def opaque(text: str = "4006381333931", symbology: str = "ean13") -> Opaque:
    """Return a reseller's code."""
    return Opaque(CodeId(b"o" * 16), text, symbology)


def facts(**changes: object) -> Facts:
    """Return what a store freshly in touch with its source knows of an unlisted code."""
    return replace(Facts(CATALOGUE, ages_s=FRESH), **changes)  # type: ignore[arg-type]


def use(
    reading: Token,
    minutes_ago: int = 10,
    direction: Direction = Direction.ENTRY,
    count: int = 1,
    state: UseState = UseState.DONE,
    performance: int = TONIGHT,
) -> Use:
    """Return an earlier use of a token's ticket."""
    at = Instant(NOW - minutes_ago * 60_000)
    id_ = uuid7(at, direction.value.encode().ljust(10))
    return Use(
        id_,
        reading.serial.ticket(),
        performance,
        direction,
        count,
        at,
        "a",
        DeviceId("lane-2"),
        state,
        reading.code,
    )


def revocation(reading: Token, kind: RevocationKind = RevocationKind.CANCELLED) -> Revocation:
    """Return a revocation of a token's serial."""
    return Revocation(reading.serial, kind, Instant(NOW - 60_000), "1043-5-T9WX")
