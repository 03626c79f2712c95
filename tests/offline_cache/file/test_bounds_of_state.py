"""A device's own files are read up to a bound, whatever lies in their place."""

from pathlib import Path

import pytest

from offline_cache.errors import EnrolAgain
from offline_cache.identity.identity import Identity
from offline_cache.sync.clock_offset import OffsetFile


def huge(path: Path) -> Path:
    with path.open("wb") as file:
        file.truncate(1 << 33)
    return path


def test_a_huge_identity_is_refused_unread(tmp_path: Path) -> None:
    with pytest.raises(EnrolAgain):
        Identity.load(huge(tmp_path / "identity"))


def test_a_huge_clock_file_is_no_measurement(tmp_path: Path) -> None:
    assert OffsetFile(huge(tmp_path / "clock.json")).read() is None
