"""A folder for the files that targets read, in memory where the system has such a place."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from doubles.store.memory_folder import memory_folder

FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-", dir=memory_folder(32)))


def _remove(maker: int) -> None:
    # Forked targets share it; only the process that made it takes it away.
    if os.getpid() == maker:
        shutil.rmtree(FOLDER, ignore_errors=True)


atexit.register(_remove, os.getpid())
