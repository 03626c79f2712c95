"""What time it is at the venue: the machine's clock, as long as nothing speaks against it.

One venue needs one time, so every lane is put right by the gateway's. What is wrong with it is
never hidden: a clock that is not verified changes no verdict by itself, and is shown wherever
people look (ADR 0012).
"""

from __future__ import annotations

import logging
import threading
from bisect import bisect_right
from dataclasses import dataclass

from validator.clock import MINUTE_MS, Clock, Instant, iso
from validator.gateway.host.logs import event
from validator.gateway.store.port import Store
from validator.model import DeviceId

EARLIEST = Instant(1_704_067_200_000)
"""2024-01-01: no gateway ran before; a machine that has lost its time begins in 1970."""

SLACK_MS = MINUTE_MS
"""So far back a clock may be set, or stand behind what is stored, without a word."""

AGREES_MS = 2 * MINUTE_MS
"""A device's clock that is no further off bears this machine's out."""

FRESH_S = 60.0
"""So long a device's word counts; linked devices give it every ten seconds."""

DOUBTS = 2
"""So many devices must differ, and more than agree, before that is said."""

WITNESSES = 3
"""So many, and most of all that are heard, must show one and the same other time before the
machine's clock is no longer verified: devices that lie, or lost their time, are fewer or disagree.
"""


def floor_of(store: Store) -> Instant:
    """Return the latest instant that a store knows to have passed.

    Raises:
        RetryLater: The store does not answer.
    """
    with store.reading() as session:
        heard = session.sources.as_of().values()
        stored = session.journal.last_stored()
    return max(EARLIEST, stored or EARLIEST, *heard)


@dataclass(frozen=True, slots=True)
class _Word:
    ahead_of_boot_ms: int
    given_s: float


@dataclass(frozen=True, slots=True)
class _Votes:
    """What the devices that were heard of late show.

    Args:
        agree: Bear the machine's clock out.
        differ: Show another time.
        together: The most of those that show one and the same.
    """

    agree: int
    differ: int
    together: int

    @property
    def speaks_against(self) -> bool:
        return self.differ >= DOUBTS and self.differ > self.agree

    @property
    def convinces(self) -> bool:
        return self.together >= WITNESSES and 2 * self.together > self.agree + self.differ


class Timekeeping:
    """Keeps the gateway's time from going back, and asks the devices whether it is right.

    A machine's clock that falls behind what was certain is not followed: time runs on from there,
    on the boot clock. Only when linked devices bear the machine's clock out is it followed back.
    Clocks that run ahead can't be told from a right one without witnesses, so they are followed.
    Devices are believed by what most of them show together, never by one or two.

    Args:
        machine: This machine's clocks.
        floor: An instant that has passed (`floor_of`).

    Attributes:
        clock: The time to go by.
    """

    def __init__(self, machine: Clock, floor: Instant) -> None:
        self._machine = machine
        self._lock = threading.Lock()
        self._certain_ms = max(floor, EARLIEST) - _boot_ms(machine)
        self._words: dict[DeviceId, _Word] = {}
        self._behind = False
        self._said = (True, False)
        self.clock = Clock(self._wall_ns, machine.boot_ns)

    def hear(self, device: DeviceId, shows: Instant) -> None:
        """Take in what a device's own clock shows now."""
        word = _Word(shows - _boot_ms(self._machine), self._machine.boot_s())
        with self._lock:
            self._words[device] = word

    def forget(self, device: DeviceId) -> None:
        """A device has gone."""
        with self._lock:
            self._words.pop(device, None)

    @property
    def why(self) -> str:
        """What speaks against the clock, a sentence; empty = nothing."""
        return self._judged()[1]

    def _judged(self) -> tuple[bool, str]:
        """Return whether the clock is verified, and what speaks against it all the same."""
        now = self.clock.now()
        with self._lock:
            if self._behind:
                return False, (
                    f"This machine's clock shows {iso(self._machine.now())}, which is past. Time "
                    f"runs on here from what was certain: it is {iso(now)}. Set the machine's "
                    "clock."
                )
            votes = self._votes(self._machine.now())
        if not votes.speaks_against:
            return True, ""
        heard = votes.agree + votes.differ
        return not votes.convinces, (
            f"{votes.differ} of {heard} devices show another time than this machine. Compare "
            "its clock with a watch, and set whichever is wrong."
        )

    def figures(self) -> dict[str, bool | str]:
        """Return the state, ready for JSON."""
        verified, why = self._judged()
        return {"verified": verified, "why": why}

    def check(self) -> bool:
        """Log the state if it is another than at the last check; return whether it is."""
        verified, why = self._judged()
        known, self._said = self._said, (verified, bool(why))
        if self._said == known:
            return False
        if not verified:
            event("clock_unverified", logging.WARNING, why=why)
        elif why:
            event("clock_contradicted", logging.WARNING, why=why)
        else:
            event("clock_verified")
        return True

    def _wall_ns(self) -> int:
        with self._lock:
            wall_ns, boot_ms = self._machine.wall_ns(), _boot_ms(self._machine)
            certain_ms = self._certain_ms + boot_ms
            self._behind = wall_ns // 1_000_000 < certain_ms - SLACK_MS
            if self._behind:
                votes = self._votes(Instant(wall_ns // 1_000_000))
                # Nobody is believed that no time has passed since before the first gateway.
                self._behind = votes.agree <= votes.differ or wall_ns < EARLIEST * 1_000_000
            if self._behind:
                return certain_ms * 1_000_000
            self._certain_ms = wall_ns // 1_000_000 - boot_ms
            return wall_ns

    def _votes(self, machine: Instant) -> _Votes:
        boot_ms, now_s = _boot_ms(self._machine), self._machine.boot_s()
        off = [
            word.ahead_of_boot_ms + boot_ms - machine
            for word in self._words.values()
            if now_s - word.given_s <= FRESH_S
        ]
        others = sorted(ms for ms in off if abs(ms) > AGREES_MS)
        together = (bisect_right(others, ms + AGREES_MS) - at for at, ms in enumerate(others))
        return _Votes(len(off) - len(others), len(others), max(together, default=0))


def _boot_ms(clock: Clock) -> int:
    return clock.boot_ns() // 1_000_000
