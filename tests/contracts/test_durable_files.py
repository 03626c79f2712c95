"""What must outlive a power cut: a file's bytes are on disk before its name, and its name too."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from doubles.boxoffice.box import STANDING, open_box
from doubles.clock.hand_clock import HandClock
from doubles.gateway.live import CLOCK, live_gateway
from doubles.store.device_cache import identity
from journeys.venue.disk import FaultyDisk
from journeys.venue.waiting import ROOT
from offline_cache.file.encryption import Seal
from offline_cache.identity.vault import KeyVault
from offline_cache.wipe import wipe
from validator.boxoffice.model import Refund
from validator.gateway.backup.backup import back_up
from validator.gateway.backup.restore import restore
from validator.gateway.host.private_files import key_file

Write = Callable[[Path], object]


def gateways_key(folder: Path) -> None:
    key_file(folder / "feed.key", os.urandom)


def issuers_key(folder: Path) -> None:
    open_box(folder, HandClock()).close()


def letter(folder: Path) -> None:
    office = open_box(folder, HandClock())
    order = office.orders.sell("Ada Muster", "ada@example.org", [STANDING])
    office.orders.cancel(order.number, Refund.NONE, "moved")
    office.mails.send_cancellation_letter(order.number, [order.tickets[0].number])
    assert office.mails.deliver() == 1
    office.close()


def devices_identity(folder: Path) -> None:
    identity().save(folder / "identity.json")


def caches_key(folder: Path) -> None:
    Seal.of(folder / "cache.sqlite", KeyVault(bytes(32)))


def farewell(folder: Path) -> None:
    wipe(folder, "This device was revoked and has wiped itself.")


def backup(folder: Path) -> None:
    async def make() -> None:
        async with live_gateway(folder / "data"):
            pass

    asyncio.run(make())
    back_up(folder / "data", folder / "a.backup", None, CLOCK.now(), os.urandom)


def restored(folder: Path) -> None:
    backup(folder)
    restore(folder / "a.backup", folder / "new", lambda: "", CLOCK, os.urandom)


def noted(folder: Path, write: Write) -> list[str]:
    """Return what the disk was told to sync and rename, in order; paths begin at the folder."""
    place = folder / "place"
    place.mkdir()
    disk = FaultyDisk(folder)
    disk.begins("noted")
    path = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
    call = f"from contracts.test_durable_files import *; {write.__name__}(Path({str(place)!r}))"
    subprocess.run(
        [sys.executable, "-c", call],
        env=os.environ | disk.environment | {"PYTHONPATH": path},
        check=True,
    )
    return [line.replace(str(place), "", 1) for line in disk.noted()]


@pytest.mark.parametrize(
    ("write", "name"),
    [
        (gateways_key, "/feed.key"),
        (issuers_key, "/issuer-1.key"),
        (letter, "/mails/00000001-cancelled.eml"),
        (devices_identity, "/identity.json"),
        (caches_key, "/cache.sqlite.key"),
        (farewell, "/revoked.txt"),
        (backup, "/a.backup"),
    ],
)
def test_a_file_is_whole_before_it_has_its_name_and_its_name_is_kept(
    tmp_path: Path, write: Write, name: str
) -> None:
    lines = noted(tmp_path, write)
    named = lines.index(f"rename {name}")
    folder, _, last = name.rpartition("/")
    before = [line.rpartition("/")[2] for line in lines[:named] if line.startswith("sync ")]
    assert any(synced.startswith(last) for synced in before)
    assert f"sync {folder}" in lines[named:]


def test_a_letter_counts_as_written_once_the_names_in_its_folder_are_kept(tmp_path: Path) -> None:
    lines = noted(tmp_path, letter)
    named = lines.index("rename /mails/00000001-cancelled.eml")
    kept = lines.index("sync /mails", named)
    assert "sync /boxoffice.sqlite-wal" not in lines[named:kept]
    assert "sync /boxoffice.sqlite-wal" in lines[kept:]
    assert lines.index("sync ") < kept, "the folder's own name"


def test_a_restored_gateway_and_its_keys_are_kept(tmp_path: Path) -> None:
    lines = noted(tmp_path, restored)
    assert {"sync /new/.restoring/gateway.sqlite", "sync /new/.restoring/authority/ca.key"} <= {
        *lines[: lines.index("rename /new/authority")]
    }
    assert "sync /new/authority" in lines
    assert lines[-2:] == ["rename /new/gateway.sqlite", "sync /new"], "the store comes last"
