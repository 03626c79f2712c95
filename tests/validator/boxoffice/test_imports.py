"""Resellers' files taken in: what is listed, what is reported, and what is left alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubles.boxoffice.box import BALCONY, FULL, STALLS, STANDING, STUDENT, TOMORROW, TONIGHT
from doubles.boxoffice.handed_in import MAPPING, HandedIn, ean, with_columns
from validator.boxoffice import Item
from validator.boxoffice.imports.mapping import RowSelection
from validator.boxoffice.imports.problems import Problem
from validator.boxoffice.selling.orders import MOST_ITEMS
from validator.errors import FixRequest

THREE = f"{ean(1)}\n{ean(2)}\n{ean(3)}\n"


def test_only_the_barcode_is_needed(box: HandedIn) -> None:
    figures = box.run(THREE)
    assert (figures.found, figures.listed, figures.problems) == (3, 3, {})
    assert box.listed() == {ean(1): "valid", ean(2): "valid", ean(3): "valid"}
    assert box.importer.distributors() == ("FNAC",)


def test_a_check_lists_nothing_and_says_what_a_run_does(box: HandedIn) -> None:
    checked = box.check(THREE)
    assert box.listed() == {}
    box.importer.run(box.last, MAPPING)
    assert box.end(box.last) == checked
    assert len(box.listed()) == 3


def test_the_same_file_again_changes_nothing(box: HandedIn) -> None:
    box.run(THREE)
    before = box.office.changes.since("", 1000).cursor
    figures = box.run(THREE)
    assert (figures.listed, figures.known, figures.problems) == (0, 3, {})
    assert box.office.changes.since(before, 1000).changes == ()


def test_a_longer_file_adds_what_is_new(box: HandedIn) -> None:
    box.run(THREE)
    figures = box.run(THREE + f"{ean(4)}\n")
    assert (figures.listed, figures.known) == (1, 3)


def test_duplicates_are_listed_once_and_told_by_row(box: HandedIn) -> None:
    figures = box.run(f"{ean(1)}\n{ean(2)}\n {ean(1)} \n2000000000A^0^1\n00000000A\n")
    assert figures.listed == 3
    assert box.problems() == [(3, Problem.DUPLICATE, "1"), (5, Problem.DUPLICATE, "4")]


def test_bad_rows_are_told_and_keep_nobody_out(box: HandedIn) -> None:
    data = f"{ean(1)}\n1.23457E+12\n\n;x\n{'7' * 201}\nE1:AB.\n\xe9t\xe9\nA\0B\n{ean(2)}\n"
    figures = box.run(data)
    assert figures.listed == 2
    assert [(row, word) for row, word, _ in box.problems()] == [
        (2, Problem.NUMBER),
        (4, Problem.EMPTY),
        (5, Problem.LONG_CODE),
        (6, Problem.OWN),
        (7, Problem.SIGNS),
        (8, Problem.NUL),
    ]


def test_a_row_that_ends_before_the_barcode_is_told(box: HandedIn) -> None:
    box.run(f"a;{ean(1)}\nb\nc;{ean(2)}\n", with_columns(barcode=1))
    assert box.problems() == [(2, Problem.SHORT_ROW, "")]
    assert len(box.listed()) == 2


def test_a_heading_repeated_at_the_bottom_is_no_ticket(box: HandedIn) -> None:
    mapping = replace(MAPPING, rows=RowSelection(first=1))
    figures = box.run(f"Barcode\n{ean(1)}\nBARCODE \n", mapping)
    assert figures.listed == 1
    assert box.problems() == [(3, Problem.HEADING, "")]


def test_codes_that_lost_their_zeros_are_told_by_the_others(box: HandedIn) -> None:
    short = "36000291452"
    figures = box.run(f"{ean(1)}\n{short}\n{ean(2)}\n")
    assert figures.listed == 2
    assert box.problems() == [(2, Problem.ZEROS, "")]
    box.run(short, replace(MAPPING, digits=13))
    assert "0036000291452" in box.listed()


def test_short_codes_among_short_codes_are_taken_as_they_are(box: HandedIn) -> None:
    assert box.run("36000291452\n36000291453\n").listed == 2


def test_a_code_of_another_distributor_is_left_to_it(box: HandedIn) -> None:
    box.run(THREE)
    figures = box.run(f"{ean(3)}\n{ean(4)}\n", replace(MAPPING, distributor="Other"))
    assert (figures.listed, figures.known) == (1, 0)
    assert box.problems() == [(1, Problem.DISTRIBUTOR, "FNAC")]


def test_a_code_of_another_performance_that_is_still_on_is_left_there(box: HandedIn) -> None:
    box.run(THREE)
    figures = box.run(THREE, replace(MAPPING, performance=TOMORROW))
    assert figures.listed == 0
    assert box.problems()[0] == (1, Problem.ELSEWHERE, str(TONIGHT))


def test_a_known_distributor_keeps_its_spelling(box: HandedIn) -> None:
    box.run(THREE)
    assert box.run(THREE, replace(MAPPING, distributor=" fnâc ")).known == 3
    assert box.importer.distributors() == ("FNAC",)


def test_columns_say_performance_tariff_zone_and_seat(box: HandedIn) -> None:
    mapping = with_columns(tariff=1, zone=2, seat=3, performance=4)
    day = "2026-11-19"
    data = f"{ean(1)};student;BALCONY;F 12;8\n{ean(2)};1;0;;\n{ean(3)}\n{ean(4)};Senior;;;\n"
    data += f"{ean(5)};;Field;;\n{ean(6)};;;;{day} at noon\n{ean(7)};;;{'x' * 41};\n"
    box.run(data, mapping)
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
        (4, Problem.TARIFF),
        (5, Problem.ZONE),
        (6, Problem.PERFORMANCE),
        (7, Problem.SEAT),
    ]


def test_what_neither_the_plan_nor_the_row_says_is_told(box: HandedIn) -> None:
    box.run(THREE, replace(MAPPING, tariff=None))
    assert {word for _, word, _ in box.problems()} == {Problem.TARIFF}
    box.run(THREE, replace(MAPPING, performance=None))
    assert {word for _, word, _ in box.problems()} == {Problem.PERFORMANCE}


def test_a_seat_has_one_guest(box: HandedIn) -> None:
    (sold,) = box.office.orders.sell("Ada", "", [Item(TONIGHT, FULL, None, "A1")]).tickets
    figures = box.run(f"{ean(1)};A1\n{ean(2)};A2\n{ean(3)};A2\n", with_columns(seat=1))
    assert figures.listed == 1
    assert box.problems() == [(1, Problem.SEAT_SOLD, sold.number), (3, Problem.SEAT_TWICE, "")]


def test_a_known_row_that_says_something_else_is_told_and_stays(box: HandedIn) -> None:
    box.run(THREE)
    figures = box.run(f"{ean(1)}\n", replace(MAPPING, tariff=STUDENT))
    ((row, word, number),) = box.problems()
    assert (row, word, figures.known) == (1, Problem.DIFFERS, 1)
    assert box.office.tickets.get(number).tariff == FULL


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
    (done,) = box.importer.latest(10)
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


@pytest.mark.parametrize(
    "wrong",
    [
        replace(MAPPING, performance=99),
        replace(MAPPING, tariff=99),
        replace(MAPPING, zone=9),
    ],
)
def test_a_plan_that_names_nothing_known_is_refused_at_once(box: HandedIn, wrong: object) -> None:
    id = box.upload(THREE)
    with pytest.raises(FixRequest):
        box.importer.run(id, wrong)  # type: ignore[arg-type]
