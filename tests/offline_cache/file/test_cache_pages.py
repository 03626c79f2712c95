"""Pages are read of files that are anything: damaged, encrypted, made by an enemy."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from offline_cache.file.page_reader import LEAF, PAGE, records

CELLS = b"\xff\xff"
"""65,535 rows, says the page."""


@pytest.mark.parametrize("filler", [b"\x01", b"\x7f", b"\x82", b"\xff"])
def test_a_page_that_claims_to_be_full_of_rows_costs_no_minutes(
    tmp_path: Path, filler: bytes
) -> None:
    page = (bytes([LEAF, 0, 0]) + CELLS + bytes(3)).ljust(PAGE, filler)
    path = tmp_path / "cache.sqlite"
    path.write_bytes(bytes(PAGE) + page)
    asked: list[int] = []

    def shaped(types: Sequence[int]) -> bool:
        asked.append(len(types))
        return False

    assert not list(records(path, shaped))
    assert len(asked) < PAGE // 5
    assert sum(asked) < 200_000
