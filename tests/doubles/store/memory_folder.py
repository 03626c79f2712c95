"""A folder in memory for files that need not outlive a test."""

from __future__ import annotations

import os
from pathlib import Path

_PLACE = Path("/dev/shm")


def memory_folder(room_mb: int) -> Path | None:
    """Return the folder, None where the system has none with room.

    Args:
        room_mb: Megabytes that have to be free: containers often have 64 there.
    """
    if not os.access(_PLACE, os.W_OK):
        return None
    room = os.statvfs(_PLACE)
    return _PLACE if room.f_bavail * room.f_frsize >= room_mb << 20 else None
