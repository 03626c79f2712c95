"""Reading what is inside a backup: what a gateway writes, in its sizes, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Self

from validator.clock import iso, parse_iso
from validator.errors import FixRequest
from validator.gateway.restore.archive import DAMAGED, SealedReader
from validator.gateway.restore.backup import FORMAT
from validator.gateway.restore.folder import DATABASES, MANIFEST, SECRETS, is_member

MOST_BYTES = 1 << 36
"""Largest database in a backup."""

MOST_OTHER_BYTES = 1_000_000
"""Largest other file: a key, the configuration, the manifest."""

FOREIGN = "This backup holds what no gateway writes."


class _Member(tarfile.TarInfo):
    """A plain file: links, sparse files and endless headers are refused before they are read."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        member = super().frombuf(buf, encoding, errors)
        most = MOST_BYTES if member.name in DATABASES else MOST_OTHER_BYTES
        if member.type != tarfile.REGTYPE or not 0 <= member.size <= most:
            raise FixRequest(FOREIGN)
        return member


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
        with tarfile.open(fileobj=reader, mode="r|", tarinfo=_Member) as archive:
            for member in archive:
                content = archive.extractfile(member)
                if content is None or not is_member(member.name) or member.name in names:
                    raise FixRequest(FOREIGN)
                names.add(member.name)
                path = stage / member.name
                path.parent.mkdir(mode=0o700, exist_ok=True)
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
                with os.fdopen(os.open(path, flags, 0o600), "wb") as target:
                    shutil.copyfileobj(content, target, 1 << 20)
                    target.flush()
                    os.fsync(target.fileno())
        reader.end()
    except tarfile.TarError as error:
        raise FixRequest(DAMAGED) from error
    if not {MANIFEST, *DATABASES, *SECRETS} <= names:
        raise FixRequest(DAMAGED)
    return _manifest(stage / MANIFEST)


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
