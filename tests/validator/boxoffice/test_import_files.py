"""Files while they are imported: stopped, given up, and gone afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from doubles.boxoffice.box import entropy
from doubles.boxoffice.handed_in import PLAN, HandedIn, ean
from doubles.clock.hand_clock import HandClock
from validator.boxoffice import BoxOffice
from validator.boxoffice.imports.comparison import compare
from validator.boxoffice.imports.importer import MOST_UPLOADS
from validator.boxoffice.imports.listing import write
from validator.boxoffice.imports.names import Names
from validator.boxoffice.imports.progress import Phase, Progress, Stopped
from validator.boxoffice.imports.upload import PATIENCE
from validator.boxoffice.model import NotThere
from validator.boxoffice.records.rows import ticket_number
from validator.errors import RetryLater

THREE = f"{ean(1)}\n{ean(2)}\n{ean(3)}\n"


class Halt(Progress):
    """Is stopped as soon as it comes to a phase."""

    def __init__(self, phase: Phase) -> None:
        super().__init__()
        self._halt = phase

    def at(self, phase: Phase, share: float) -> None:
        if phase is self._halt and share > 0:
            self.stop()
        super().at(phase, share)


@pytest.mark.parametrize(
    ("phase", "count"), [(Phase.READING, 2_500), (Phase.COMPARING, 50), (Phase.WRITING, 10_001)]
)
def test_stopped_in_the_middle_it_leaves_nothing_half(
    tmp_path: Path, phase: Phase, count: int
) -> None:
    box = HandedIn(tmp_path)
    upload = box.imports.begin()
    upload.path.write_text("".join(f"{ean(place)}\n" for place in range(count)))
    halt, database = Halt(phase), box.office.database
    functions = {"ticket_number": lambda order, place: ticket_number(order, place, entropy())}
    with pytest.raises(Stopped):
        with database.read() as transaction:
            names = Names(transaction)
        found = upload.staging.load(upload.path, PLAN, names, halt)
        with database.beside(upload.staging.path, functions, writing=True) as transaction:
            write(transaction, "FNAC", compare(transaction, PLAN, found, halt), halt)
    assert box.listed() == {}
    assert box.imports.latest(1) == ()
    # And the file can be imported after all.
    assert box.run(upload.path.read_bytes()).listed == count
    box.office.close()


def test_a_forgotten_file_is_gone_from_the_disk(box: HandedIn, tmp_path: Path) -> None:
    box.run(THREE)
    assert box.imports.forget(box.last)
    assert list((tmp_path / "imports").iterdir()) == []
    with pytest.raises(NotThere):
        box.imports.status(box.last)


def test_a_file_that_nobody_asks_for_is_given_up(box: HandedIn) -> None:
    id = box.upload(THREE)
    for _ in range(PATIENCE - 1):
        box.office.keep()
    box.imports.form(id)
    for _ in range(PATIENCE):
        box.office.keep()
    with pytest.raises(NotThere):
        box.imports.status(id)


def test_few_files_wait_and_none_outlives_the_box_office(tmp_path: Path) -> None:
    box = HandedIn(tmp_path)
    first = box.upload(THREE)
    for _ in range(4):
        box.upload(THREE)
    with pytest.raises(NotThere):
        box.imports.status(first)
    folder = tmp_path / "imports"
    assert len(list(folder.iterdir())) == 4
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    (folder / "left.csv").write_text("of a gateway that was killed")
    box.office.close()
    assert [path.name for path in folder.iterdir()] == ["left.csv"]
    again = BoxOffice.open(tmp_path, HandClock().clock, entropy("again"))
    again.imports.begin()
    assert "left.csv" not in {path.name for path in folder.iterdir()}
    again.close()


def test_a_file_that_the_disk_does_not_take_takes_no_place_either(
    box: HandedIn, tmp_path: Path
) -> None:
    before = box.upload(THREE)
    folder = tmp_path / "imports"
    folder.rename(tmp_path / "away")
    for _ in range(MOST_UPLOADS):
        with pytest.raises(RetryLater, match="Check the disk"):
            box.imports.begin()
    (tmp_path / "away").rename(folder)
    assert box.run(THREE).listed == 3
    assert not box.imports.status(before).working, "nobody had to go for it"


def test_a_file_that_can_not_be_deleted_stays_known_and_is_deleted_later(
    box: HandedIn, tmp_path: Path
) -> None:
    id = box.upload(THREE)
    path = tmp_path / "imports" / f"{id}.csv"
    path.unlink()
    path.mkdir()
    with pytest.raises(RetryLater, match="Check the disk"):
        box.imports.forget(id)
    for _ in range(PATIENCE - 1):
        box.office.keep()
    with pytest.raises(RetryLater, match="Check the disk"):
        box.office.keep()
    path.rmdir()
    path.touch()
    box.office.keep()
    assert not path.exists()
    with pytest.raises(NotThere):
        box.imports.status(id)
