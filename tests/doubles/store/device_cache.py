"""A device's cache on a real disk, and check-ins to write into it."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

from doubles.clock.hand_clock import HandClock
from doubles.evening import DEVICE, GATE, NOW, TONIGHT, token
from doubles.gateway.feed_source import CODE_KEY, FEED_KEY, FeedSource, evening_rows
from offline_cache.cache import Cache
from offline_cache.identity.identity import Identity
from validator.clock import Instant
from validator.model import Assurance, CheckIn, Decision, Direction, Kind, Reason, Token, uuid7
from validator.wire.messages import Position

CANCELLATIONS, TICKETS = f"cancellations.{TONIGHT}", f"tickets.{TONIGHT}"


def identity(**changes: str) -> Identity:
    """Return the test device's identity."""
    plain = Identity(DEVICE, "secret", "localhost:8443", "PEM", FEED_KEY.public, CODE_KEY)
    return replace(plain, **changes)  # type: ignore[arg-type]


def opened(folder: Path, hands: HandClock | None = None, boot: str = "boot-1") -> Cache:
    """Open the cache in a folder."""
    clock = (hands or HandClock()).clock
    return Cache.open(folder / "cache.sqlite", clock, identity(), boot)


def check_in(
    number: int,
    reading: Token,
    decision: str = "admit",
    kind: Kind = Kind.SHOWN,
    **changes: object,
) -> CheckIn:
    """Return a check-in of the test's device.

    Args:
        number: Makes its id and time.
        reading: What was scanned.
        decision: As shown.
        kind: Of the event.
        changes: Other fields.
    """
    at = Instant(NOW + number * 1_000)
    plain = CheckIn(
        uuid7(at, number.to_bytes(10, "big")),
        kind,
        DEVICE,
        "a",
        TONIGHT,
        Direction.ENTRY,
        Decision(decision),
        Reason.OK,
        Assurance.PROVISIONAL,
        1,
        at,
        code=reading.code,
        serial=reading.serial,
        ticket=reading.serial.ticket(),
        payload=b"payload",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def in_touch(cache: Cache, feed: FeedSource, *more: str) -> None:
    feed.delta("catalogue", *evening_rows())
    for stream in ("catalogue", CANCELLATIONS, TICKETS, *more):
        cache.knowledge.apply(feed.snapshot(stream))
    settled(cache)


def settled(cache: Cache) -> Position | None:
    """Let the cache take what waits and sweep what is old; return where the last one stands."""
    last = None
    while cache.knowledge.busy:
        last = cache.knowledge.go_on() or last
    return last


def age(cache: Cache) -> float | None:
    return cache.facts(token(), GATE, NOW).age_s("box")


def cancelled(cache: Cache, number: int = 1) -> bool:
    return bool(cache.facts(token(number), GATE, NOW).revocations)


def kept_frames(folder: Path) -> list[bytes]:
    db = sqlite3.connect(folder / "cache.sqlite")
    rows = db.execute("SELECT sealed FROM frames ORDER BY stream, sequence").fetchall()
    db.close()
    return [sealed for (sealed,) in rows]
