"""A folder in memory for files that need not outlive a test."""

from __future__ import annotations

import os
from pathlib import Path

_PLACE = Path("/dev/shm")
_ROOM = 1 << 30
"""Bytes that have to be free: containers often have 64 MB there."""


def memory_folder() -> Path | None:
    """Return the folder, None where the system has none with room."""
    if not os.access(_PLACE, os.W_OK):
        return None
    room = os.statvfs(_PLACE)
    return _PLACE if room.f_bavail * room.f_frsize >= _ROOM else None
