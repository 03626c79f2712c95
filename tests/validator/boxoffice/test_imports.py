"""Resellers' files taken in: what is listed, what is reported, and what is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from doubles.box import BALCONY, FULL, STALLS, STANDING, STUDENT, TOMORROW, TONIGHT, entropy
from doubles.hand_clock import HandClock
from doubles.handed_in import PLAN, HandedIn, ean, with_columns
from validator.boxoffice import BoxOffice, Item, Refund
from validator.boxoffice.imports.comparison import compare
from validator.boxoffice.imports.listing import write
from validator.boxoffice.imports.names import Names
from validator.boxoffice.imports.plan import Cut
from validator.boxoffice.imports.progress import Phase, Progress, Stopped
from validator.boxoffice.imports.trouble import Trouble
from validator.boxoffice.imports.upload import PATIENCE
from validator.boxoffice.model import NotThere, Refused
from validator.boxoffice.orders import MOST_ITEMS
from validator.boxoffice.sales import ticket_number
from validator.errors import FixRequest

THREE = f"{ean(1)}\n{ean(2)}\n{ean(3)}\n"


@pytest.fixture
def box(tmp_path: Path) -> Iterator[HandedIn]:
    handed_in = HandedIn(tmp_path)
    yield handed_in
    handed_in.office.close()


def test_only_the_barcode_is_needed(box: HandedIn) -> None:
    figures = box.run(THREE)
    assert (figures.found, figures.listed, figures.troubles) == (3, 3, {})
    assert box.listed() == {ean(1): "valid", ean(2): "valid", ean(3): "valid"}
    assert box.imports.distributors() == ("FNAC",)


def test_a_check_lists_nothing_and_says_what_a_run_does(box: HandedIn) -> None:
    checked = box.check(THREE)
    assert box.listed() == {}
    box.imports.run(box.last, PLAN)
    assert box.end(box.last) == checked
    assert len(box.listed()) == 3


def test_the_same_file_again_changes_nothing(box: HandedIn) -> None:
    box.run(THREE)
    before = box.office.changes.since("", 1000).cursor
    figures = box.run(THREE)
    assert (figures.listed, figures.known, figures.troubles) == (0, 3, {})
    assert box.office.changes.since(before, 1000).changes == ()


def test_a_longer_file_adds_what_is_new(box: HandedIn) -> None:
    box.run(THREE)
    figures = box.run(THREE + f"{ean(4)}\n")
    assert (figures.listed, figures.known) == (1, 3)


def test_duplicates_are_listed_once_and_told_by_row(box: HandedIn) -> None:
    figures = box.run(f"{ean(1)}\n{ean(2)}\n {ean(1)} \n2000000000A^0^1\n00000000A\n")
    assert figures.listed == 3
    assert box.problems() == [(3, Trouble.DUPLICATE, "1"), (5, Trouble.DUPLICATE, "4")]


def test_bad_rows_are_told_and_keep_nobody_out(box: HandedIn) -> None:
    data = f"{ean(1)}\n1.23457E+12\n\n;x\n{'7' * 201}\nE1:AB.\n\xe9t\xe9\nA\0B\n{ean(2)}\n"
    figures = box.run(data)
    assert figures.listed == 2
    assert [(row, word) for row, word, _ in box.problems()] == [
        (2, Trouble.NUMBER),
        (4, Trouble.EMPTY),
        (5, Trouble.LONG_CODE),
        (6, Trouble.OWN),
        (7, Trouble.SIGNS),
        (8, Trouble.NUL),
    ]


def test_a_row_that_ends_before_the_barcode_is_told(box: HandedIn) -> None:
    box.run(f"a;{ean(1)}\nb\nc;{ean(2)}\n", with_columns(barcode=1))
    assert box.problems() == [(2, Trouble.SHORT_ROW, "")]
    assert len(box.listed()) == 2


def test_a_heading_repeated_at_the_bottom_is_no_ticket(box: HandedIn) -> None:
    plan = replace(PLAN, cut=Cut(first=1))
    figures = box.run(f"Barcode\n{ean(1)}\nBARCODE \n", plan)
    assert figures.listed == 1
    assert box.problems() == [(3, Trouble.HEADING, "")]


def test_codes_that_lost_their_zeros_are_told_by_the_others(box: HandedIn) -> None:
    short = "36000291452"
    figures = box.run(f"{ean(1)}\n{short}\n{ean(2)}\n")
    assert figures.listed == 2
    assert box.problems() == [(2, Trouble.ZEROS, "")]
    box.run(short, replace(PLAN, digits=13))
    assert "0036000291452" in box.listed()


def test_short_codes_among_short_codes_are_taken_as_they_are(box: HandedIn) -> None:
    assert box.run("36000291452\n36000291453\n").listed == 2


def test_a_code_of_another_distributor_is_left_to_it(box: HandedIn) -> None:
    box.run(THREE)
    figures = box.run(f"{ean(3)}\n{ean(4)}\n", replace(PLAN, distributor="Other"))
    assert (figures.listed, figures.known) == (1, 0)
    assert box.problems() == [(1, Trouble.DISTRIBUTOR, "FNAC")]


def test_a_code_of_another_performance_that_is_still_on_is_left_there(box: HandedIn) -> None:
    box.run(THREE)
    figures = box.run(THREE, replace(PLAN, performance=TOMORROW))
    assert figures.listed == 0
    assert box.problems()[0] == (1, Trouble.ELSEWHERE, str(TONIGHT))


def test_a_known_distributor_keeps_its_spelling(box: HandedIn) -> None:
    box.run(THREE)
    assert box.run(THREE, replace(PLAN, distributor=" fnâc ")).known == 3
    assert box.imports.distributors() == ("FNAC",)


def test_columns_say_performance_tariff_zone_and_seat(box: HandedIn) -> None:
    plan = with_columns(tariff=1, zone=2, seat=3, performance=4)
    day = "2026-11-19"
    data = f"{ean(1)};student;BALCONY;F 12;8\n{ean(2)};1;0;;\n{ean(3)}\n{ean(4)};Senior;;;\n"
    data += f"{ean(5)};;Field;;\n{ean(6)};;;;{day} at noon\n{ean(7)};;;{'x' * 41};\n"
    box.run(data, plan)
    with box.office.database.read() as transaction:
        rows = transaction.rows(
            "SELECT tickets.scope, tariff, zone, seat FROM codes JOIN tickets ON number = ticket"
            " ORDER BY text"
        )
    assert [tuple(row) for row in rows] == [
        (TOMORROW, STUDENT, BALCONY, "F 12"),
        (TONIGHT, FULL, STALLS, None),
        (TONIGHT, FULL, None, None),
    ]
    assert [(row, word) for row, word, _ in box.problems()] == [
        (4, Trouble.TARIFF),
        (5, Trouble.ZONE),
        (6, Trouble.PERFORMANCE),
        (7, Trouble.SEAT),
    ]


def test_what_neither_the_plan_nor_the_row_says_is_told(box: HandedIn) -> None:
    box.run(THREE, replace(PLAN, tariff=None))
    assert {word for _, word, _ in box.problems()} == {Trouble.TARIFF}
    box.run(THREE, replace(PLAN, performance=None))
    assert {word for _, word, _ in box.problems()} == {Trouble.PERFORMANCE}


def test_a_seat_has_one_guest(box: HandedIn) -> None:
    (sold,) = box.office.orders.sell("Ada", "", [Item(TONIGHT, FULL, None, "A1")]).tickets
    figures = box.run(f"{ean(1)};A1\n{ean(2)};A2\n{ean(3)};A2\n", with_columns(seat=1))
    assert figures.listed == 1
    assert box.problems() == [(1, Trouble.SEAT_SOLD, sold.number), (3, Trouble.SEAT_TWICE, "")]


def test_a_known_row_that_says_something_else_is_told_and_stays(box: HandedIn) -> None:
    box.run(THREE)
    figures = box.run(f"{ean(1)}\n", replace(PLAN, tariff=STUDENT))
    ((row, word, number),) = box.problems()
    assert (row, word, figures.known) == (1, Trouble.DIFFERS, 1)
    assert box.office.tickets.get(number).tariff == FULL


def test_a_ticket_that_was_cancelled_here_stays_cancelled(box: HandedIn) -> None:
    box.run(THREE)
    with box.office.database.read() as transaction:
        number = transaction.value("SELECT ticket FROM codes WHERE text = ?", ean(2))
    box.office.tickets.cancel([number], Refund.NONE, "unwell")
    assert box.run(THREE).listed == 0
    assert box.problems() == [(2, Trouble.TAKEN_BACK, number)]
    assert box.listed()[ean(2)] == "cancelled"


def test_a_row_marked_as_withdrawn_cancels_its_ticket(box: HandedIn) -> None:
    box.run(THREE)
    plan = with_columns(status=1)
    figures = box.run(f"{ean(1)};sold\n{ean(2)};Annulé\n{ean(9)};CANCELLED\n", plan)
    assert (figures.listed, figures.known, figures.cancelled) == (0, 1, 1)
    assert box.listed() == {ean(1): "valid", ean(2): "cancelled", ean(3): "valid"}
    again = box.run(f"{ean(2)};Annulé\n", plan)
    assert (again.cancelled, again.troubles) == (0, {})


def test_a_code_that_one_of_its_rows_withdraws_is_withdrawn(box: HandedIn) -> None:
    box.run(THREE)
    figures = box.run(f"{ean(1)};sold\n{ean(1)};void\n", with_columns(status=1))
    assert figures.cancelled == 1


def test_without_the_option_what_is_missing_stays(box: HandedIn) -> None:
    box.run(THREE)
    assert box.run(f"{ean(1)}\n").cancelled == 0


def test_with_the_option_what_is_missing_is_cancelled(box: HandedIn) -> None:
    box.run(THREE)
    box.run(f"{ean(7)}\n", replace(PLAN, distributor="Other"))
    box.run(f"{ean(8)}\n", replace(PLAN, performance=TOMORROW))
    figures = box.run(f"{ean(1)}\n{ean(4)}\n", replace(PLAN, cancel_missing=True))
    assert (figures.listed, figures.cancelled) == (1, 2)
    gone = [code for code, state in box.listed().items() if state == "cancelled"]
    assert sorted(gone) == [ean(2), ean(3)]


def test_nothing_is_called_missing_while_rows_cant_be_read(box: HandedIn) -> None:
    box.run(THREE)
    for data in (f"{ean(1)}\n1.2E+12\n", ";\n"):
        with pytest.raises(Refused):
            box.run(data, replace(PLAN, cancel_missing=True))
    assert set(box.listed().values()) == {"valid"}


def test_many_cancellations_need_a_word(box: HandedIn) -> None:
    box.run("".join(f"{ean(place)}\n" for place in range(50)))
    wanted = replace(PLAN, cancel_missing=True)
    with pytest.raises(Refused) as refused:
        box.run(f"{ean(1)}\n", wanted)
    assert (refused.value.word, refused.value.facts["count"]) == ("many_cancelled", 49)
    assert set(box.listed().values()) == {"valid"}
    assert box.run(f"{ean(1)}\n", wanted, at_most=49).cancelled == 49


def test_a_large_file_is_many_orders_and_crowds_no_list_of_orders(box: HandedIn) -> None:
    count = 2 * MOST_ITEMS + 1
    assert box.run("".join(f"{ean(place)}\n" for place in range(count))).listed == count
    with box.office.database.read() as transaction:
        sizes = transaction.rows("SELECT count(*) FROM tickets GROUP BY order_number")
        number = transaction.value("SELECT ticket FROM codes WHERE text = ?", ean(7))
    assert sorted(row[0] for row in sizes) == [1, MOST_ITEMS, MOST_ITEMS]
    assert box.office.orders.latest(10) == ()
    assert box.office.search.find("fnac") == ()
    assert len(box.office.search.find(ean(7))) == 1
    ticket = box.office.tickets.get(number)
    (listed,) = box.office.tickets.history(number)
    assert (ticket.distributor, ticket.code.text) == ("FNAC", ean(7))
    assert listed.details == {"distributor": "FNAC", "import": 1, "row": 8}


def test_accounts_count_a_file_under_its_distributor(box: HandedIn) -> None:
    box.office.orders.sell("Ada", "", [STANDING])
    box.run(THREE)
    accounts = {each.distributor: each.sold for each in box.office.accounts.of(TONIGHT)}
    assert accounts == {"": 1, "FNAC": 3}
    (done,) = box.imports.latest(10)
    assert (done.distributor, done.found, done.listed) == ("FNAC", 3, 3)


def test_every_change_of_a_file_is_told_without_a_gap(box: HandedIn) -> None:
    box.run(THREE)
    box.run(f"{ean(1)};void\n{ean(4)};\n", with_columns(status=1))
    page = box.office.changes.since("", 2000)
    sequences = [change["sequence"] for change in page.changes]
    assert sequences == list(range(1, len(sequences) + 1))
    tickets = [change for change in page.changes if change["kind"] == "ticket"]
    assert [ticket["state"] for ticket in tickets].count("cancelled") == 2
    assert {ticket["distributor"] for ticket in tickets} == {"FNAC"}


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


@pytest.mark.parametrize(
    "wrong",
    [
        replace(PLAN, performance=99),
        replace(PLAN, tariff=99),
        replace(PLAN, zone=9),
    ],
)
def test_a_plan_that_names_nothing_known_is_refused_at_once(box: HandedIn, wrong: object) -> None:
    id = box.upload(THREE)
    with pytest.raises(FixRequest):
        box.imports.run(id, wrong)  # type: ignore[arg-type]
