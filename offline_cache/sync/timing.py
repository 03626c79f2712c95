"""How long the link waits for what, and how it spreads its tries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """Times of the link, in seconds.

    Args:
        claim_s: A guest waits so long for the gateway's answer.
        reach_s: For an answer to the first packet and the handshake of TLS.
        connect_s: For the whole connection, and again for the gateway's greeting. A line of two
            seconds each way needs four round trips for both.
        silence_s: Without any message the link is taken for dead; heartbeats come every second.
        answer_s: For the acknowledgement of an upload.
        ping_s: Between two measurements of the clock.
        retry_s: Before missing frames are asked for again, or rows that were not taken sent again.
        first_s: Longest wait before the first new try.
        longest_s: Longest wait before any new try.
    """

    claim_s: float = 0.2
    reach_s: float = 10.0
    connect_s: float = 20.0
    silence_s: float = 10.0
    answer_s: float = 10.0
    ping_s: float = 10.0
    retry_s: float = 5.0
    first_s: float = 0.2
    longest_s: float = 5.0


class BackOff:
    """Waits that double from try to try, each drawn anew between nothing and its bound.

    So the lanes of a house do not all come back in the same moment.

    Args:
        timing: First and longest bound.
        draw: Gives a number from 0 to 1.
    """

    def __init__(self, timing: Timing, draw: Callable[[], float]) -> None:
        self._timing = timing
        self._draw = draw
        self._bound_s = timing.first_s

    def next_s(self) -> float:
        """Return how long to wait before the next try, in seconds."""
        bound_s = self._bound_s
        self._bound_s = min(bound_s * 2, self._timing.longest_s)
        return self._draw() * bound_s

    def reset(self) -> None:
        """Begin anew: the last try went well."""
        self._bound_s = self._timing.first_s
