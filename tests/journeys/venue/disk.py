"""Disks that fail: small, slow, read-only, broken; for processes that know nothing of it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from journeys.venue.waiting import ROOT

SOURCE = ROOT / "tests" / "doubles" / "store" / "faulty_disk.c"


class FaultyDisk:
    """A disk whose faults are switched on and off under running processes.

    Args:
        folder: For the library and the switches.
    """

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc")
        if compiler is None:
            pytest.skip("no C compiler (gcc), which a failing disk needs")
        library = folder / "faulty_disk.so"
        words = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"]
        subprocess.run(words, check=True)
        self._folder = folder
        loaded = [str(library), *filter(None, [os.environ.get("LD_PRELOAD")])]
        self.environment = {"LD_PRELOAD": ":".join(loaded), "FAULTY_DISK": str(folder)}

    def begins(self, fault: str) -> None:
        """Make it `slow`, `readonly`, `broken` or `noted`."""
        (self._folder / fault).touch()

    def ends(self, fault: str) -> None:
        """Mend it."""
        (self._folder / fault).unlink()

    def noted(self) -> list[str]:
        """Return what was synced and renamed since `noted` began, in order."""
        return (self._folder / "noted").read_text().splitlines()


class SmallDisk:
    """A disk of a few megabytes, mounted on a folder.

    Args:
        folder: Where.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fill(self) -> None:
        """Leave not a byte free."""
        with suppress(OSError), (self._folder / "filling").open("ab", buffering=0) as file:
            while file.write(bytes(4096)):
                pass

    def clear(self) -> None:
        """Give the space free again."""
        (self._folder / "filling").unlink()

    def protect(self) -> None:
        """Mount it read-only; nobody may be writing."""
        _mount("-o", "remount,ro", str(self._folder))

    def open(self) -> None:
        """Mount it for writing again."""
        _mount("-o", "remount,rw", str(self._folder))


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mount a small disk over a folder, which keeps what it holds."""
    if os.geteuid() != 0:
        pytest.skip("not root, which mounting a small disk needs")
    kept = folder.with_name(folder.name + ".kept")
    folder.rename(kept)
    folder.mkdir(mode=kept.stat().st_mode & 0o777)
    try:
        _mount("-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", str(folder))
    except subprocess.CalledProcessError:
        pytest.skip("mounting is not allowed here, which a small disk needs")
    try:
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True, capture_output=True)
