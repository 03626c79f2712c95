"""Files while they are imported: stopped, given up, and gone afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from doubles.boxoffice.box import entropy
from doubles.boxoffice.handed_in import MAPPING, HandedIn, ean
from doubles.clock.hand_clock import HandClock
from validator.boxoffice import BoxOffice
from validator.boxoffice.imports.comparison import compare
from validator.boxoffice.imports.importer import MOST_UPLOADS
from validator.boxoffice.imports.listing import list_tickets
from validator.boxoffice.imports.names import CatalogueNames
from validator.boxoffice.imports.progress import Phase, Progress, Stopped
from validator.boxoffice.imports.upload import IDLE_ROUNDS
from validator.boxoffice.model import NotFound
from validator.boxoffice.records.order_rows import ticket_number
from validator.errors import RetryLater

THREE = f"{ean(1)}\n{ean(2)}\n{ean(3)}\n"


class Halt(Progress):
    """Is stopped as soon as it comes to a phase."""

    def __init__(self, phase: Phase) -> None:
        super().__init__()
        self._halt = phase

    def report(self, phase: Phase, share: float) -> None:
        if phase is self._halt and share > 0:
            self.stop()
        super().report(phase, share)


@pytest.mark.parametrize(
    ("phase", "count"), [(Phase.READING, 2_500), (Phase.COMPARING, 50), (Phase.WRITING, 10_001)]
)
def test_stopped_in_the_middle_it_leaves_nothing_half(
    tmp_path: Path, phase: Phase, count: int
) -> None:
    box = HandedIn(tmp_path)
    upload = box.importer.open_upload()
    upload.path.write_text("".join(f"{ean(place)}\n" for place in range(count)))
    halt, database = Halt(phase), box.office.database
    functions = {"ticket_number": lambda order, place: ticket_number(order, place, entropy())}
    with pytest.raises(Stopped):
        with database.read() as transaction:
            names = CatalogueNames(transaction)
        found = upload.staging.load(upload.path, MAPPING, names, halt)
        with database.attaching(upload.staging.path, functions, writing=True) as transaction:
            list_tickets(transaction, "FNAC", compare(transaction, MAPPING, found, halt), halt)
    assert box.listed() == {}
    assert box.importer.latest(1) == ()
    # And the file can be imported after all.
    assert box.run(upload.path.read_bytes()).listed == count
    box.office.close()


def test_a_forgotten_file_is_gone_from_the_disk(box: HandedIn, tmp_path: Path) -> None:
    box.run(THREE)
    assert box.importer.discard(box.last)
    assert list((tmp_path / "imports").iterdir()) == []
    with pytest.raises(NotFound):
        box.importer.status(box.last)


def test_a_file_that_nobody_asks_for_is_given_up(box: HandedIn) -> None:
    id = box.upload(THREE)
    for _ in range(IDLE_ROUNDS - 1):
        box.office.do_chores()
    box.importer.dialect(id)
    for _ in range(IDLE_ROUNDS):
        box.office.do_chores()
    with pytest.raises(NotFound):
        box.importer.status(id)


def test_few_files_wait_and_none_outlives_the_box_office(tmp_path: Path) -> None:
    box = HandedIn(tmp_path)
    first = box.upload(THREE)
    for _ in range(4):
        box.upload(THREE)
    with pytest.raises(NotFound):
        box.importer.status(first)
    folder = tmp_path / "imports"
    assert len(list(folder.iterdir())) == 4
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    (folder / "left.csv").write_text("of a gateway that was killed")
    box.office.close()
    assert [path.name for path in folder.iterdir()] == ["left.csv"]
    again = BoxOffice.open(tmp_path, HandClock().clock, entropy("again"))
    again.importer.open_upload()
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
            box.importer.open_upload()
    (tmp_path / "away").rename(folder)
    assert box.run(THREE).listed == 3
    assert not box.importer.status(before).working, "nobody had to go for it"


def test_a_file_that_can_not_be_deleted_stays_known_and_is_deleted_later(
    box: HandedIn, tmp_path: Path
) -> None:
    id = box.upload(THREE)
    path = tmp_path / "imports" / f"{id}.csv"
    path.unlink()
    path.mkdir()
    with pytest.raises(RetryLater, match="Check the disk"):
        box.importer.discard(id)
    for _ in range(IDLE_ROUNDS - 1):
        box.office.do_chores()
    with pytest.raises(RetryLater, match="Check the disk"):
        box.office.do_chores()
    path.rmdir()
    path.touch()
    box.office.do_chores()
    assert not path.exists()
    with pytest.raises(NotFound):
        box.importer.status(id)
