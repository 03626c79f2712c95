"""Making a backup: a consistent copy of the data folder, sealed, while the gateway runs."""

from __future__ import annotations

import io
import json
import os
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from validator.clock import Instant, iso
from validator.disk.private_files import new_private, sync_folder
from validator.errors import FixRequest, RetryLater
from validator.gateway.backup.archive import SealedWriter
from validator.gateway.backup.contents import CONFIG, MANIFEST, copy_database, databases, key_files

FORMAT = 1
"""Version of what is inside the archive."""


def back_up(
    data: Path,
    to: Path,
    passphrase: str | None,
    now: Instant,
    entropy: Callable[[int], bytes],
    config: Path | None = None,
) -> int:
    """Write a backup of a data folder; whether a gateway works in it does not matter.

    Args:
        data: The folder.
        to: The new file; readable by its owner only, whole or not there at all.
        passphrase: Seals it; None = whoever has the file has every key of the venue.
        now: Wall clock.
        entropy: Random bytes.
        config: The configuration file in use.

    Returns:
        Size of the file in bytes.

    Raises:
        FixRequest: The file is there already, or the passphrase is too short.
        FixConfig: The folder is not complete, or damaged.
        RetryLater: The disk does not take it.
    """
    if to.exists():
        raise FixRequest(f"{to} is there already: backups are never written over.")
    draft = to.with_name(f"{to.name}.part")
    try:
        draft.unlink(missing_ok=True)
        with new_private(draft) as file:
            sealed = SealedWriter(file, passphrase, entropy)
            with tarfile.open(fileobj=sealed, mode="w|", format=tarfile.USTAR_FORMAT) as archive:
                _fill(archive, data, now, config)
            sealed.finish()
            size = file.tell()
        os.link(draft, to)
        sync_folder(to.parent)
        return size
    except FileExistsError as error:
        raise FixRequest(f"{to} is there already: backups are never written over.") from error
    except OSError as error:
        raise RetryLater(f"The backup can't be written to {to} ({error.strerror}).") from error
    finally:
        draft.unlink(missing_ok=True)


def _fill(archive: tarfile.TarFile, data: Path, now: Instant, config: Path | None) -> None:
    manifest = {"format": FORMAT, "made_at": iso(now)}
    _add(archive, MANIFEST, json.dumps(manifest).encode(), now)
    # Unsealed for a moment, where the same lies unsealed anyway.
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=data) as folder:
        for name in databases(data):
            copy = Path(folder) / Path(name).name
            copy_database(data / name, copy)
            archive.add(copy, name, filter=_plain)
            copy.unlink()
    # After the databases: whatever key they name is there by now.
    for name, path in key_files(data):
        _add(archive, name, path.read_bytes(), now)
    if config is not None:
        _add(archive, CONFIG, config.read_bytes(), now)


def _add(archive: tarfile.TarFile, name: str, content: bytes, now: Instant) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mtime = len(content), now // 1000
    archive.addfile(_plain(member), io.BytesIO(content))


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave out who owns the file here."""
    member.mode, member.uid, member.gid, member.uname, member.gname = 0o600, 0, 0, "", ""
    return member
