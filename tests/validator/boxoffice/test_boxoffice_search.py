"""What is typed or scanned into the counter's search field."""

from __future__ import annotations

import pytest

from doubles.box import FULL, NOON, SEAT, STALLS, TOMORROW, TONIGHT
from validator.boxoffice import BoxOffice, Item
from validator.clock import HOUR_MS, Instant


def found(office: BoxOffice, text: str) -> list[int]:
    return [each.order.number for each in office.search.find(text)]


def test_a_scanned_ticket_finds_its_order(office: BoxOffice) -> None:
    office.orders.sell("Eve", "", [Item(TONIGHT, FULL, STALLS)])
    order = office.orders.sell("Ada", "", [SEAT, Item(TOMORROW, FULL, STALLS)])
    for ticket in order.tickets:
        for scanned in (ticket.code.text, f"]Q3{ticket.code.text}", f"{ticket.code.text}\r\n"):
            assert found(office, scanned) == [order.number]


def test_a_code_that_was_replaced_finds_it_as_well(office: BoxOffice) -> None:
    (ticket,) = office.orders.sell("Ada", "", [SEAT]).tickets
    office.tickets.reissue(ticket.number)
    assert found(office, ticket.code.text) == [ticket.order]


@pytest.mark.parametrize(
    ("text", "symbology"), [("4006381333931", "ean13"), ("BLT-00001-9", "code128")]
)
def test_a_resellers_code_finds_it(office: BoxOffice, text: str, symbology: str) -> None:
    item = Item(TONIGHT, FULL, STALLS)
    listed = office.orders.list_codes("Billetor", item, [(text, symbology)])
    assert found(office, text) == [listed.number]


def test_a_forged_code_finds_nothing(office: BoxOffice) -> None:
    (ticket,) = office.orders.sell("Ada", "", [SEAT]).tickets
    assert found(office, ticket.code.text[:-6] + "AAAAA.") == []


@pytest.mark.parametrize("begun", ["mu", "MUST", "Müst", "ada", "muster-l"])
def test_a_name_is_found_while_it_is_typed(office: BoxOffice, begun: str) -> None:
    order = office.orders.sell("Ada Muster-Lang", "", [SEAT])
    office.orders.sell("Eve Other", "", [Item(TONIGHT, FULL, STALLS)])
    assert found(office, begun) == [order.number]


def test_one_letter_finds_nobody_by_the_beginning_of_a_name(office: BoxOffice) -> None:
    office.orders.sell("Ada Muster", "", [SEAT])
    assert found(office, "m") == []


def test_the_whole_name_comes_before_the_begun_one(office: BoxOffice) -> None:
    begun = office.orders.sell("Marten", "", [SEAT])
    whole = office.orders.sell("Mart", "", [Item(TONIGHT, FULL, STALLS)])
    assert found(office, "mart") == [whole.number, begun.number]


def test_who_bought_since_the_last_search_is_found(office: BoxOffice) -> None:
    first = office.orders.sell("Ada Muster", "ada@example.org", [SEAT])
    assert found(office, "muster") == [first.number]
    second = office.orders.sell("Eve Muster", "", [Item(TONIGHT, FULL, STALLS)])
    assert found(office, "muster") == [second.number, first.number]


@pytest.mark.parametrize("asked", ["ada@", "ada@exam", "Ada@example.org", "adda@exampel.org"])
def test_an_address_is_found_while_it_is_typed(office: BoxOffice, asked: str) -> None:
    order = office.orders.sell("A. Muster", "ada@example.org", [SEAT])
    office.orders.sell("Other", "eve@example.org", [Item(TONIGHT, FULL, STALLS)])
    office.orders.sell("Third", "ada@elsewhere.ch", [Item(TONIGHT, FULL, STALLS)])
    assert order.number in found(office, asked)
    assert len(found(office, asked)) == (2 if asked == "ada@" else 1)


def test_erased_names_are_found_no_more(office: BoxOffice) -> None:
    order = office.orders.sell("Ada Muster", "ada@example.org", [SEAT])
    assert found(office, "muster") == found(office, "ada@example.org") == [order.number]
    assert office.orders.forget(Instant(NOON + 90 * 24 * HOUR_MS)) == 1
    assert found(office, "muster") == found(office, "ada@example.org") == []
