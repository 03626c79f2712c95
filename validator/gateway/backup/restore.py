"""Restoring a backup into an empty data folder, as a new epoch of the gateway."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from validator.boxoffice import BoxOffice
from validator.clock import Clock
from validator.disk.private_files import sync_folder
from validator.errors import FixConfig, RetryLater
from validator.feed import Epoch
from validator.gateway.backup.contents import CONFIG
from validator.gateway.backup.unpacking import unpack
from validator.gateway.host.data_folder import STORE, Lock
from validator.gateway.host.private_files import private_folder
from validator.gateway.ledger.epochs import EPOCH_BYTES, begin_epoch_and_await
from validator.gateway.store.sqlite.store import SqliteStore
from validator.model import DeviceId

_STAGE = ".restoring"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored.

    Args:
        made_at: When the backup was made, as its manifest says.
        epoch: The new one.
        awaited: Devices that have to give back what the backup lacks, by id.
        configured: The configuration file was in the backup.
    """

    made_at: str
    epoch: Epoch
    awaited: tuple[DeviceId, ...]
    configured: bool


def restore(
    backup: Path,
    data: Path,
    passphrase: Callable[[], str],
    clock: Clock,
    entropy: Callable[[int], bytes],
) -> Restored:
    """Put a backup into an empty data folder, and begin a new epoch there.

    Nothing is left behind if it fails.

    Args:
        backup: The file.
        data: Is made, or empty.
        passphrase: Asked for if the backup is sealed.
        clock: This machine's.
        entropy: Random bytes: two restores of one backup differ by them.

    Raises:
        FixConfig: The folder is not empty, or can't be written.
        FixRequest: The file is no backup, damaged, of a newer version, or sealed otherwise.
        RetryLater: The disk does not take it.
    """
    private_folder(data)
    if any(data.iterdir()):
        raise FixConfig(
            f"{data} is not empty: a backup is restored into a new folder only. Move what is "
            "there away, or give another --data."
        )
    lock = Lock(data)
    stage = data / _STAGE
    moved: list[Path] = []
    try:
        try:
            stage.mkdir(mode=0o700)
            with backup.open("rb") as file:
                made_at = unpack(file, stage, passphrase)
            epoch, awaited = _begin(stage, clock, entropy)
            configured = (stage / CONFIG).exists()
            _move(stage, data, moved)
        except OSError as error:
            raise RetryLater(f"The backup can't be restored: {error.strerror}.") from error
    except BaseException:
        for path in moved:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        shutil.rmtree(stage, ignore_errors=True)
        lock.close()
        for left in data.iterdir():
            left.unlink()
        raise
    lock.close()
    return Restored(made_at, epoch, awaited, configured)


def _begin(
    stage: Path, clock: Clock, entropy: Callable[[int], bytes]
) -> tuple[Epoch, tuple[DeviceId, ...]]:
    """Begin the new epoch: of the store first, then of the box office."""
    store = SqliteStore(stage / STORE)
    try:
        with store.transaction() as session:
            epoch = begin_epoch_and_await(session, entropy(EPOCH_BYTES), clock.now())
            # A code that was used after the backup must not let anybody in again.
            session.devices.forget_codes()
            awaited = session.restoration.awaited()
    finally:
        store.close()
    office = BoxOffice.open(stage, clock, entropy)
    try:
        office.start_after_restore()
    finally:
        office.close()
    return epoch, awaited


def _move(stage: Path, data: Path, moved: list[Path]) -> None:
    """Put everything in its place, the store last: without it no command works there."""
    for path in sorted(stage.iterdir(), key=lambda path: path.name == STORE):
        target = data / path.name
        path.rename(target)
        moved.append(target)
        if target.is_dir():
            sync_folder(target)
    stage.rmdir()
    sync_folder(data)
