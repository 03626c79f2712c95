from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from doubles.box import open_box
from doubles.hand_clock import HandClock
from doubles.handed_in import HandedIn
from validator.boxoffice import BoxOffice


@pytest.fixture
def hand() -> HandClock:
    """The clock of the box office."""
    return HandClock()


@pytest.fixture
def office(tmp_path: Path, hand: HandClock) -> Iterator[BoxOffice]:
    """Open a box office with two performances, two tariffs and two zones."""
    with closing(open_box(tmp_path, hand)) as office:
        yield office


@pytest.fixture
def box(tmp_path: Path) -> Iterator[HandedIn]:
    """Open a box office whose organiser imports files."""
    handed_in = HandedIn(tmp_path)
    yield handed_in
    handed_in.office.close()
