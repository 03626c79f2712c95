"""How far the gateway's clock is ahead of the device's."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from validator.clock import Clock, Instant
from validator.errors import WireError
from validator.wire.messages import Ping, Pong

SAMPLES = 8
"""Measurements that are remembered; the one with the shortest round trip counts."""

LATEST = 1 << 48
"""First instant that no gateway's clock shows, in milliseconds since 1970 (year 10889)."""


@dataclass(frozen=True, slots=True)
class _Sample:
    round_trip_ns: int
    gateway_less_boot_ns: int


class Offset:
    """Measured by four timestamps: sent, received, answered, arrived.

    The device's two are taken on its boot clock, so that a measurement stays good when its wall
    clock is set.

    Args:
        clock: The device's clocks.

    Source: RFC 5905, section 8 (offset and delay).
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._samples: deque[_Sample] = deque(maxlen=SAMPLES)
        self._sent: tuple[Instant, int] | None = None

    def begin(self) -> None:
        """Forget other connections: another gateway may be at the end of this one."""
        self._sent = None
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
        return (arrived_ns - sent_ns) / 1e9

    @property
    def ms(self) -> int | None:
        """Gateway's clock minus the device's wall clock, in ms; None = never measured."""
        best = self._best()
        if best is None:
            return None
        gateway_ns = best.gateway_less_boot_ns + self._clock.boot_ns()
        return round((gateway_ns - self._clock.wall_ns()) / 1e6)

    @property
    def uncertainty_ms(self) -> int | None:
        """How far off `ms` may be at most, in ms; None = never measured."""
        best = self._best()
        return None if best is None else -(-best.round_trip_ns // 2_000_000)

    def _best(self) -> _Sample | None:
        return min(self._samples, key=lambda sample: sample.round_trip_ns, default=None)
