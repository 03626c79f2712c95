"""How far the gateway's clock is ahead of the device's: measured, and kept for the next start.

A lane that starts alone has the gateway's time from the last measurement on disk.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path

from validator.clock import MINUTE_MS, Clock, Instant
from validator.errors import WireError
from validator.wire.messages import Ping, Pong

SAMPLES = 8
"""Measurements that are remembered; the one with the shortest round trip counts."""

LATEST = 1 << 48
"""First instant that no gateway's clock shows, in milliseconds since 1970 (year 10889)."""

FAR_MS = MINUTE_MS
"""A device's clock that is further off is worth a word, in milliseconds."""

KEPT_WITHIN_MS = 50
"""A kept measurement that is no further off is not written anew, in milliseconds."""

LONGEST_FILE = 4_096
"""Most bytes that are read."""

LATEST_NS = 1 << 68
"""No clock shows more, in nanoseconds (year 11322)."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A measurement, as it was when it was written down.

    Args:
        boot: Id of the boot that it was made in; empty = unknown.
        gateway_less_boot_ns: Gateway's clock minus the device's boot clock; exact in that boot.
        round_trip_ns: Of the measurement.
        offset_ms: Gateway's clock minus the device's wall clock; a guess after a reboot.
        gateway_ms: What the gateway's clock showed, milliseconds since 1970.
    """

    boot: str
    gateway_less_boot_ns: int
    round_trip_ns: int
    offset_ms: int
    gateway_ms: int


class OffsetFile:
    """Keeps one measurement.

    Args:
        path: In a folder that exists.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Kept | None:
        """Return what was kept; None = nothing, or nothing that can be read."""
        try:
            with self._path.open("rb") as file:
                plain = json.loads(file.read(LONGEST_FILE))
            boot, numbers = plain.pop("boot"), list(plain.values())
            if not isinstance(boot, str) or not all(
                type(number) is int and abs(number) < LATEST_NS for number in numbers
            ):
                return None
            return Kept(boot=boot, **plain)
        except (OSError, ValueError, RecursionError, AttributeError, KeyError, TypeError):
            return None

    def write(self, kept: Kept) -> None:
        """Keep a measurement; one that the disk does not take is measured again soon."""
        draft = self._path.with_name(self._path.name + ".new")
        with contextlib.suppress(OSError):
            draft.write_text(json.dumps(asdict(kept)), "ascii")
            os.replace(draft, self._path)


@dataclass(frozen=True, slots=True)
class _Sample:
    round_trip_ns: int
    gateway_less_boot_ns: int


class Offset:
    """Measured by four timestamps: sent, received, answered, arrived.

    The device's two are taken on its boot clock, so that a measurement stays good when its wall
    clock is set.

    What was measured is kept: a lane that starts without its gateway goes by the last measurement.
    In the same boot that is exact. After a reboot the wall clock counts, with the difference that
    it had then; if that would take time back behind what the gateway has said, the wall clock was
    lost, and time runs on from there.

    Args:
        clock: The device's clocks.
        file: Where the last measurement is kept; None = nowhere.
        boot: Id of this boot, empty = unknown.

    Source: RFC 5905, section 8 (offset and delay).
    """

    def __init__(self, clock: Clock, file: OffsetFile | None = None, boot: str = "") -> None:
        self._clock = clock
        self._file = file
        self._boot = boot
        self._samples: deque[_Sample] = deque(maxlen=SAMPLES)
        self._sent: tuple[Instant, int] | None = None
        self._kept = file.read() if file else None
        self._doubt = ""
        self._resumed_ns = self._take_up(self._kept) if self._kept else None
        self._warned = ""

    def begin(self) -> None:
        """Forget other connections: another gateway may be at the end of this one."""
        self._sent = None
        self._resumed_ns = self._gateway_less_boot_ns()
        self._samples.clear()

    def ping(self) -> Ping:
        """Return the message that begins a measurement."""
        ping = Ping(self._clock.now())
        self._sent = (ping.sent, self._clock.boot_ns())
        return ping

    def pong(self, pong: Pong) -> float:
        """End a measurement.

        Returns:
            The round trip, in seconds.

        Raises:
            WireError: It answers no ping of ours, or holds impossible times.
        """
        arrived_ns = self._clock.boot_ns()
        if self._sent is None or self._sent[0] != pong.sent:
            raise WireError("The gateway answered a clock measurement that nobody asked for.")
        if not 0 <= pong.received <= pong.answered < LATEST:
            raise WireError("The gateway's clock shows impossible times.")
        sent_ns = self._sent[1]
        self._sent = None
        inside_ns = (pong.answered - pong.received) * 1_000_000
        round_trip_ns = max(arrived_ns - sent_ns - inside_ns, 0)
        ahead_ns = (pong.received + pong.answered) * 1_000_000 - sent_ns - arrived_ns
        self._samples.append(_Sample(round_trip_ns, ahead_ns // 2))
        self._doubt = ""
        self._keep(pong.answered)
        return (arrived_ns - sent_ns) / 1e9

    @property
    def ms(self) -> int | None:
        """Gateway's clock minus the device's wall clock, in ms; None = never measured."""
        ahead_ns = self._gateway_less_boot_ns()
        if ahead_ns is None:
            return None
        return round((ahead_ns + self._clock.boot_ns() - self._clock.wall_ns()) / 1e6)

    def corrected(self) -> Clock:
        """Return the device's clocks, the wall clock put right as far as that is known."""
        return Clock(
            lambda: self._clock.wall_ns() + (self.ms or 0) * 1_000_000, self._clock.boot_ns
        )

    def warning(self) -> str:
        """Return what people should know of this device's clock; empty = nothing new."""
        warning = self._doubt
        if not warning and abs(ms := self.ms or 0) >= FAR_MS:
            way = "behind" if ms > 0 else "ahead of"
            warning = (
                f"This device's clock is {_span(abs(ms))} {way} the gateway's, which counts. "
                "Set it when there is time."
            )
        if warning == self._warned:
            return ""
        self._warned = warning
        return warning

    def _best(self) -> _Sample | None:
        return min(self._samples, key=lambda sample: sample.round_trip_ns, default=None)

    def _gateway_less_boot_ns(self) -> int | None:
        best = self._best()
        return best.gateway_less_boot_ns if best else self._resumed_ns

    def _take_up(self, kept: Kept) -> int:
        if kept.boot and kept.boot == self._boot:
            return kept.gateway_less_boot_ns
        gateway_ns = self._clock.wall_ns() + kept.offset_ms * 1_000_000
        if gateway_ns < kept.gateway_ms * 1_000_000:
            gateway_ns = kept.gateway_ms * 1_000_000
            self._doubt = (
                "This device's clock was lost while it was off, so it goes on from the last time "
                "that it heard. Connect it to the gateway, or set its clock and start again."
            )
        return gateway_ns - self._clock.boot_ns()

    def _keep(self, gateway: Instant) -> None:
        best, ms = self._best(), self.ms
        if self._file is None or best is None or ms is None:
            return
        kept = Kept(self._boot, best.gateway_less_boot_ns, best.round_trip_ns, ms, gateway)
        if self._kept is None or _differs(self._kept, kept):
            self._kept = kept
            self._file.write(kept)


def _differs(old: Kept, new: Kept) -> bool:
    return (
        old.boot != new.boot
        or abs(old.gateway_less_boot_ns - new.gateway_less_boot_ns) > KEPT_WITHIN_MS * 1_000_000
        or abs(old.offset_ms - new.offset_ms) > KEPT_WITHIN_MS
        or new.gateway_ms - old.gateway_ms >= MINUTE_MS
    )


def _span(ms: int) -> str:
    minutes = round(ms / MINUTE_MS)
    for name, size in (("day", 1_440), ("hour", 60)):
        if minutes >= 2 * size:
            return f"{minutes // size} {name}s"
    return f"{minutes} min"
