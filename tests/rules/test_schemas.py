"""Schema files are applied in the order of their numbers, so each has one and none is left out."""

from pathlib import Path

import pytest

from rules.sources import PACKAGES, ROOT

FOLDERS = sorted(
    {file.parent for package in PACKAGES for file in (ROOT / package).rglob("schema/*.sql")}
)


def numbers(folder: Path) -> list[int]:
    """Return the numbers of a folder's files, in order."""
    return sorted(int(file.name[:4]) for file in folder.glob("*.sql"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_schema_numbers_are_unique_and_without_a_gap(folder: Path) -> None:
    found = numbers(folder)
    assert found == list(range(1, len(found) + 1))


def test_every_store_is_looked_at() -> None:
    assert len(FOLDERS) >= 3


def test_two_files_of_one_number_are_found(tmp_path: Path) -> None:
    for name in ("0001_first.sql", "0002_image.sql", "0002_witness.sql"):
        (tmp_path / name).touch()
    assert numbers(tmp_path) == [1, 2, 2]
