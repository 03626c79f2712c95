"""The last clock measurement on disk, so that a lane that starts alone has the gateway's time."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

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
