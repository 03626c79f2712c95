"""Tickets that a reseller took back: what cancels them, and what does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubles.boxoffice.box import TOMORROW
from doubles.boxoffice.handed_in import MAPPING, HandedIn, ean, with_columns
from validator.boxoffice import Refund
from validator.boxoffice.imports.problems import Problem
from validator.boxoffice.model import Refused

THREE = f"{ean(1)}\n{ean(2)}\n{ean(3)}\n"


def test_a_ticket_that_was_cancelled_here_stays_cancelled(box: HandedIn) -> None:
    box.run(THREE)
    with box.office.database.read() as transaction:
        number = transaction.value("SELECT ticket FROM codes WHERE text = ?", ean(2))
    box.office.tickets.cancel([number], Refund.NONE, "unwell")
    assert box.run(THREE).listed == 0
    assert box.problems() == [(2, Problem.TAKEN_BACK, number)]
    assert box.listed()[ean(2)] == "cancelled"


def test_a_row_marked_as_withdrawn_cancels_its_ticket(box: HandedIn) -> None:
    box.run(THREE)
    mapping = with_columns(status=1)
    figures = box.run(f"{ean(1)};sold\n{ean(2)};Annulé\n{ean(9)};CANCELLED\n", mapping)
    assert (figures.listed, figures.known, figures.cancelled) == (0, 1, 1)
    assert box.listed() == {ean(1): "valid", ean(2): "cancelled", ean(3): "valid"}
    again = box.run(f"{ean(2)};Annulé\n", mapping)
    assert (again.cancelled, again.problems) == (0, {})


def test_a_code_that_one_of_its_rows_withdraws_is_withdrawn(box: HandedIn) -> None:
    box.run(THREE)
    figures = box.run(f"{ean(1)};sold\n{ean(1)};void\n", with_columns(status=1))
    assert figures.cancelled == 1


def test_without_the_option_what_is_missing_stays(box: HandedIn) -> None:
    box.run(THREE)
    assert box.run(f"{ean(1)}\n").cancelled == 0


def test_with_the_option_what_is_missing_is_cancelled(box: HandedIn) -> None:
    box.run(THREE)
    box.run(f"{ean(7)}\n", replace(MAPPING, distributor="Other"))
    box.run(f"{ean(8)}\n", replace(MAPPING, performance=TOMORROW))
    figures = box.run(f"{ean(1)}\n{ean(4)}\n", replace(MAPPING, cancel_missing=True))
    assert (figures.listed, figures.cancelled) == (1, 2)
    gone = [code for code, state in box.listed().items() if state == "cancelled"]
    assert sorted(gone) == [ean(2), ean(3)]


def test_nothing_is_called_missing_while_rows_cant_be_read(box: HandedIn) -> None:
    box.run(THREE)
    for data in (f"{ean(1)}\n1.2E+12\n", ";\n"):
        with pytest.raises(Refused):
            box.run(data, replace(MAPPING, cancel_missing=True))
    assert set(box.listed().values()) == {"valid"}


def test_many_cancellations_need_a_word(box: HandedIn) -> None:
    box.run("".join(f"{ean(place)}\n" for place in range(50)))
    wanted = replace(MAPPING, cancel_missing=True)
    with pytest.raises(Refused) as refused:
        box.run(f"{ean(1)}\n", wanted)
    assert (refused.value.code, refused.value.facts["count"]) == ("many_cancelled", 49)
    assert set(box.listed().values()) == {"valid"}
    assert box.run(f"{ean(1)}\n", wanted, at_most=49).cancelled == 49
