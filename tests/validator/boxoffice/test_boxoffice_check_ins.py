"""Check-ins on a ticket's history: kept once, one by one, folded into who is inside."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubles.boxoffice.box import SEAT, check_in
from validator.bounds import MOST_PEOPLE
from validator.boxoffice import BoxOffice, SoldTicket
from validator.model import CheckInId, Decision, Direction, Kind
from validator.ports import Report
from validator.upstreams.boxoffice import check_in_json


@pytest.fixture
def ticket(office: BoxOffice) -> SoldTicket:
    return office.orders.sell("Ada", "", [SEAT]).tickets[0]


def record(office: BoxOffice, *reports: Report) -> list[bool]:
    items = [check_in_json(report) for report in reports]
    return [outcome.accepted for outcome in office.check_ins.record(items)]


def test_a_ticket_shows_its_whole_history_in_order(office: BoxOffice, ticket: SoldTicket) -> None:
    record(office, check_in(5, ticket.id), check_in(9, ticket.id, decision=Decision.REFUSE))
    lines = office.tickets.history(ticket.number)
    assert [line.what for line in lines] == ["sold", "check_in", "check_in"]
    assert [line.details.get("decision") for line in lines] == [None, "admit", "refuse"]
    assert lines[1].details["gate"] == "a"


@pytest.mark.parametrize("override", [False, True])
def test_a_refusal_tells_why_and_counts_nobody(
    office: BoxOffice, ticket: SoldTicket, override: bool
) -> None:
    record(office, check_in(1, ticket.id, count=2))
    refused = check_in(2, ticket.id, decision=Decision.REFUSE)
    odd = replace(refused.check_in, count=5, override_by=override)
    confirm = check_in(3, ticket.id, Kind.CONFIRM, count=5, of=odd.id)
    undo = check_in(4, ticket.id, Kind.UNDO, of=odd.id)
    assert all(record(office, replace(refused, check_in=odd), confirm, undo))
    assert office.tickets.inside(ticket.number) == 2
    reasons = [line.details.get("reason") for line in office.tickets.history(ticket.number)]
    assert reasons[1:3] == ["ok", "cancelled"]


def test_a_check_in_may_name_the_number_alone(office: BoxOffice, ticket: SoldTicket) -> None:
    assert record(office, check_in(1, None, number=ticket.number)) == [True]
    assert office.tickets.inside(ticket.number) == 1


def test_the_same_check_in_is_kept_when_its_number_becomes_known(
    office: BoxOffice, ticket: SoldTicket
) -> None:
    assert record(office, check_in(1, ticket.id)) == [True]
    assert record(office, check_in(1, ticket.id, number=ticket.number)) == [True]
    assert office.tickets.inside(ticket.number) == 1


def test_exits_and_undos_are_folded(office: BoxOffice, ticket: SoldTicket) -> None:
    first, undone = check_in(1, ticket.id), check_in(2, ticket.id, count=3)
    record(office, first, undone)
    assert office.tickets.inside(ticket.number) == 4
    record(office, check_in(3, ticket.id, Kind.UNDO, of=undone.check_in.id))
    assert office.tickets.inside(ticket.number) == 1
    record(office, check_in(4, ticket.id, direction=Direction.EXIT))
    assert office.tickets.inside(ticket.number) == 0


def test_an_undo_that_comes_first_still_counts(office: BoxOffice, ticket: SoldTicket) -> None:
    entry = check_in(1, ticket.id)
    record(office, check_in(2, ticket.id, Kind.UNDO, of=entry.check_in.id), entry)
    assert office.tickets.inside(ticket.number) == 0


def test_a_hold_counts_until_it_is_released(office: BoxOffice, ticket: SoldTicket) -> None:
    hold = check_in(1, ticket.id, Kind.HOLD, count=4)
    record(office, hold)
    assert office.tickets.inside(ticket.number) == 4
    record(office, check_in(2, ticket.id, Kind.CONFIRM, count=3, of=hold.check_in.id))
    assert office.tickets.inside(ticket.number) == 3
    record(office, check_in(3, ticket.id, Kind.RELEASE, of=hold.check_in.id))
    assert office.tickets.inside(ticket.number) == 0


def test_a_verdict_shown_again_counts_once(office: BoxOffice, ticket: SoldTicket) -> None:
    entry = check_in(1, ticket.id)
    record(office, entry, check_in(2, ticket.id, Kind.RESUMED, of=entry.check_in.id))
    assert office.tickets.inside(ticket.number) == 1


@pytest.mark.parametrize(
    "broken",
    [
        None,
        "text",
        [],
        {},
        {"id": None},
        {"id": 7},
        {"id": "not-a-uuid"},
        {"at": "2026-11-18T12:00:00"},
        {"count": -1},
        {"count": True},
        {"count": MOST_PEOPLE + 1},
        {"decision": "maybe"},
        {"kind": "melted"},
        {"of": "x"},
        {"override": "yes"},
        {"performance": 2**32},
        {"device": "x" * 201},
        {"number": "9999-9-XXXX", "ticket": None},
    ],
)
def test_a_broken_item_is_refused_alone(
    office: BoxOffice, ticket: SoldTicket, broken: object
) -> None:
    good = [check_in_json(check_in(place, ticket.id)) for place in (1, 2)]
    bad = check_in_json(check_in(3, ticket.id)) | broken if isinstance(broken, dict) else broken
    if broken == {}:
        bad = {}
    outcomes = office.check_ins.record([good[0], bad, good[1]])
    assert [outcome.accepted for outcome in outcomes] == [True, False, True]
    assert outcomes[1].why
    assert len(office.check_ins.of(ticket.number)) == 2


def test_a_refusal_never_repeats_what_was_sent(office: BoxOffice) -> None:
    secret = "E1:SECRETCODE."
    (outcome,) = office.check_ins.record([{"id": secret, "kind": secret}])
    assert secret not in outcome.why


def test_ids_of_unread_items_are_bounded(office: BoxOffice) -> None:
    (outcome,) = office.check_ins.record([{"id": "x" * 5000}])
    assert outcome.id == CheckInId("x" * 64)
