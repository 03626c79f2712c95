"""The clocks of the machine that runs us, for those who compose the parts: the core has none."""

from __future__ import annotations

import time

from validator.clock import Clock


def machine_clock() -> Clock:
    """Return this machine's clocks."""
    return Clock(time.time_ns, lambda: time.clock_gettime_ns(time.CLOCK_BOOTTIME))
