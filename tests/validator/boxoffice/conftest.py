from collections.abc import Iterator
from pathlib import Path

import pytest

from doubles.boxoffice.handed_in import HandedIn


@pytest.fixture
def box(tmp_path: Path) -> Iterator[HandedIn]:
    """Open a box office whose organiser imports files."""
    handed_in = HandedIn(tmp_path)
    yield handed_in
    handed_in.office.close()
