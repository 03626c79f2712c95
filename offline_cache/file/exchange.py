"""A damaged cache makes room for a mended one, and is kept; a power cut may come at any moment.

The mended file is complete before it gets the name that says so. From then on whoever opens the
cache finishes the exchange, as often as it takes.
"""

from __future__ import annotations

import os
from pathlib import Path

from validator.disk.private_files import put_in_place, sync_folder

MENDED, DAMAGED, MARK = ".mended-", ".damaged-", ".damaged"
LOGS = ("-wal", "-shm")


def beside(path: Path, end: str) -> Path:
    """Return the file beside a cache whose name ends like this."""
    return path.with_name(path.name + end)


def exchange(path: Path) -> None:
    """Put a mended cache in the damaged one's place, which keeps its bytes under another name.

    Args:
        path: The cache; the caller holds its lock.

    Raises:
        OSError: The folder can't be written; asking again goes on from there.
    """
    for mended in sorted(path.parent.glob(path.name + MENDED + "*")):
        moment = mended.name.removeprefix(path.name + MENDED)
        # A log that outlived its file would be played into the next one.
        for end in (*LOGS, ""):
            if beside(path, end).exists():
                os.replace(beside(path, end), beside(path, DAMAGED + moment + end))
        beside(path, MARK).unlink(missing_ok=True)
        sync_folder(path.parent)
        put_in_place(mended, path)
