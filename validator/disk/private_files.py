"""Files that only their owner may read, whole or not there at all, whenever the power fails."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def write_private(path: Path, content: bytes) -> None:
    """Write a file with mode 0600; a power cut leaves the old one or the new one.

    What is written first has the name of the file with `.new` behind it, in the same folder.

    Args:
        path: The file; one that is there is replaced.
        content: All of it. On disk, and found under its name, when this returns.

    Raises:
        OSError: The disk does not take it; the old file is still there.
    """
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with new_private(draft) as file:
        file.write(content)
    put_in_place(draft, path)


@contextmanager
def new_private(path: Path) -> Iterator[IO[bytes]]:
    """Hold a new file with mode 0600; when the block ends without error, its bytes are on disk.

    Raises:
        FileExistsError: It is there already.
        OSError: The disk does not take it.
    """
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def put_in_place(draft: Path, path: Path) -> None:
    """Give a file that is on disk its name, for good, in the same folder; one there is replaced.

    Raises:
        OSError: The disk does not take it.
    """
    os.replace(draft, path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable.

    Raises:
        OSError: The disk does not take it.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
