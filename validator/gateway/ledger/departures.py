"""Gates that devices were sent away from, and may not know it yet."""

from __future__ import annotations

from validator.clock import MINUTE_MS, Instant
from validator.model import DeviceId

ON_ITS_WAY_MS = MINUTE_MS
"""So long a device may not have heard that it was sent elsewhere; linked, it hears in a second."""


class Departures:
    """Gates that devices were sent away from a moment ago.

    In memory: after a start a lane that comes back to another gate decides alone until it has
    heard, a moment later.
    """

    def __init__(self) -> None:
        self._left: dict[tuple[DeviceId, str], Instant] = {}

    def note(self, device: DeviceId, gate: str, now: Instant) -> None:
        """A device is sent elsewhere.

        Args:
            device: Its id.
            gate: Where it was.
            now: Gateway's wall clock.
        """
        self._left = {key: at for key, at in self._left.items() if now - at <= ON_ITS_WAY_MS}
        self._left[device, gate] = now

    def recent(self, device: DeviceId, gate: str, now: Instant) -> bool:
        """Tell whether a device may not have heard yet that it has left a gate."""
        at = self._left.get((device, gate))
        return at is not None and now - at <= ON_ITS_WAY_MS
