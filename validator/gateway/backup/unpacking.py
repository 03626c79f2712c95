"""Reading what is inside a backup: what a gateway writes, in its sizes, and nothing else."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from validator.clock import iso, parse_iso
from validator.disk.private_files import new_private
from validator.errors import FixRequest
from validator.gateway.backup.archive import DAMAGED, SealedReader
from validator.gateway.backup.backup import FORMAT
from validator.gateway.backup.contents import DATABASES, MANIFEST, SECRETS, is_database, is_member

MOST_BYTES = 1 << 36
"""Largest database in a backup."""

MOST_OTHER_BYTES = 1_000_000
"""Largest other file: a key, the configuration, the manifest."""

_PIECE = 1 << 20

FOREIGN = "This backup holds what no gateway writes."


def unpack(file: IO[bytes], stage: Path, passphrase: Callable[[], str]) -> str:
    """Write the members of a backup into an empty folder.

    Args:
        file: The backup.
        stage: The folder.
        passphrase: Asked for if the backup is sealed.

    Returns:
        When the backup was made, RFC 3339.

    Raises:
        FixRequest: It is no backup, damaged, of a newer version, sealed otherwise, or holds
            something else; the folder may hold a part of it then.
    """
    reader = SealedReader(file, passphrase)
    names: set[str] = set()
    try:
        source: IO[bytes] = io.BufferedReader(reader)
        while member := _next_in(source):
            if member.name in names:
                raise FixRequest(FOREIGN)
            names.add(member.name)
            path = stage / member.name
            path.parent.mkdir(mode=0o700, exist_ok=True)
            with new_private(path) as target:
                _copy(source, target, member.size)
        reader.end()
    except tarfile.TarError as error:
        raise FixRequest(DAMAGED) from error
    if not {MANIFEST, *DATABASES, *SECRETS} <= names:
        raise FixRequest(DAMAGED)
    return _manifest(stage / MANIFEST)


def _next_in(source: IO[bytes]) -> tarfile.TarInfo | None:
    """Read the header of the next plain file; None = there is none.

    `tarfile.open` would follow links, sparse maps and endless headers before anybody can look.

    Raises:
        TarError: It is no header.
        FixRequest: It is of something else, or too large.
    """
    block = source.read(tarfile.BLOCKSIZE)
    if block == bytes(tarfile.BLOCKSIZE):
        return None
    member = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    most = MOST_BYTES if is_database(member.name) else MOST_OTHER_BYTES
    plain = member.type == tarfile.REGTYPE and is_member(member.name)
    if not plain or not 0 <= member.size <= most:
        raise FixRequest(FOREIGN)
    return member


def _copy(source: IO[bytes], target: IO[bytes], size: int) -> None:
    for left in range(size, 0, -_PIECE):
        piece = source.read(min(left, _PIECE))
        if len(piece) < min(left, _PIECE):
            raise FixRequest(DAMAGED)
        target.write(piece)
    source.read(-size % tarfile.BLOCKSIZE)


def _manifest(path: Path) -> str:
    try:
        manifest = json.loads(path.read_bytes())
        format = manifest["format"]
        if type(format) is not int:
            raise FixRequest(DAMAGED)
        if format <= FORMAT:
            path.unlink()
            return iso(parse_iso(manifest["made_at"]))
    except (ValueError, KeyError, TypeError, RecursionError, FixRequest) as error:
        raise FixRequest(DAMAGED) from error
    raise FixRequest("This backup was made by a newer version of the gateway: install that one.")
