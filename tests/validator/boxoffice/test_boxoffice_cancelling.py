"""The ticketing's rules of cancelling, by their numbers."""

from __future__ import annotations

import pytest

from doubles.box import BALCONY, FULL, SEAT, STALLS, STANDING, TONIGHT, check_in
from validator.boxoffice import BoxOffice, Item, Refund, SoldTicket, State
from validator.errors import FixRequest
from validator.keys import KeyRing
from validator.model import Decision, Direction, Kind, Opaque, RevocationKind, Serial
from validator.token import read
from validator.upstreams.boxoffice_rows import TicketRow, read_ticket
from validator.wire.fields import Fields

RING = KeyRing({}, bytes(32))


def sell(office: BoxOffice, *items: Item) -> tuple[SoldTicket, ...]:
    return office.orders.sell("Ada Muster", "ada@example.org", items).tickets


def at_control(office: BoxOffice, number: str) -> TicketRow:
    """Return what the gateway is told of a ticket now."""
    rows = office.changes.since("", 2000).changes
    (last,) = [row for row in rows if row.get("number") == number][-1:]
    return read_ticket(Fields(last, FixRequest), RING)


def deliver(office: BoxOffice, ticket: SoldTicket, place: int = 1) -> None:
    """Let the guest enter."""
    report = check_in(place, ticket.id)
    (outcome,) = office.check_ins.record([as_json(report.check_in.id, ticket, place)])
    assert outcome.accepted


def as_json(id: str, ticket: SoldTicket, place: int, **changes: object) -> dict[str, object]:
    return {
        "id": id,
        "kind": Kind.SHOWN.value,
        "at": f"2026-11-18T12:00:{place:02d}Z",
        "device": "lane-1",
        "gate": "a",
        "performance": TONIGHT,
        "direction": Direction.ENTRY.value,
        "decision": Decision.ADMIT.value,
        "reason": "ok",
        "assurance": "confirmed",
        "count": 1,
        "by": "code",
        "of": None,
        "override": False,
        "number": ticket.number,
        "ticket": ticket.id,
    } | changes


def test_rule_1_an_order_is_cancelled_whole(office: BoxOffice) -> None:
    tickets = sell(office, STANDING, STANDING)
    order = office.orders.cancel(tickets[0].order, Refund.CARD, "show moved")
    assert [ticket.state for ticket in order.tickets] == [State.CANCELLED] * 2
    for ticket in tickets:
        (revoked,) = at_control(office, ticket.number).revocations
        assert (revoked.target, revoked.kind) == (ticket.id, RevocationKind.CANCELLED)


def test_rule_1_single_tickets_of_it_are_cancelled(office: BoxOffice) -> None:
    first, second, third = sell(office, STANDING, STANDING, STANDING)
    office.tickets.cancel([first.number, third.number.lower()], Refund.CASH, "unwell")
    assert at_control(office, first.number).revocations
    assert not at_control(office, second.number).revocations
    assert at_control(office, third.number).revocations


def test_rule_1_what_was_cancelled_singly_is_left_as_it_is(office: BoxOffice) -> None:
    first, _ = sell(office, STANDING, STANDING)
    office.tickets.cancel([first.number], Refund.CASH, "unwell")
    order = office.orders.cancel(first.order, Refund.NONE, "show moved")
    assert [ticket.refund for ticket in order.tickets] == [Refund.CASH, Refund.NONE]


def test_rule_1_of_several_tickets_all_are_cancelled_or_none(office: BoxOffice) -> None:
    first, second = sell(office, STANDING, STANDING)
    office.tickets.cancel([first.number], Refund.NONE, "unwell")
    with pytest.raises(FixRequest, match="cancelled already"):
        office.tickets.cancel([second.number, first.number], Refund.NONE, "unwell")
    assert office.tickets.get(second.number).state is State.VALID


def test_rule_1_an_order_without_valid_tickets_says_so(office: BoxOffice) -> None:
    (ticket,) = sell(office, STANDING)
    office.orders.cancel(ticket.order, Refund.NONE, "unwell")
    with pytest.raises(FixRequest, match="no valid ticket left"):
        office.orders.cancel(ticket.order, Refund.NONE, "unwell")


def test_rule_2_the_seat_is_sold_again_and_its_new_ticket_is_valid(office: BoxOffice) -> None:
    (old,) = sell(office, SEAT)
    with pytest.raises(FixRequest, match="is sold to ticket"):
        sell(office, SEAT)
    office.tickets.cancel([old.number], Refund.NONE, "unwell")
    (new,) = sell(office, SEAT)
    assert new.id != old.id
    assert at_control(office, old.number).revocations
    assert not at_control(office, new.number).revocations
    assert [row.ticket.seat for row in at_control(office, new.number).listings] == [SEAT.seat]


def test_rule_3_refund_and_reason_are_recorded(office: BoxOffice) -> None:
    (ticket,) = sell(office, STANDING)
    (cancelled,) = office.tickets.cancel([ticket.number], Refund.VOUCHER, "unwell")
    assert (cancelled.refund, cancelled.reason) == (Refund.VOUCHER, "unwell")
    told = office.tickets.history(ticket.number)[-1]
    assert told.what == "cancelled"
    assert told.details == {"refund": "voucher", "reason": "unwell", "refunded": 0}


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_rule_3_no_cancellation_without_a_reason(office: BoxOffice, reason: str) -> None:
    (ticket,) = sell(office, STANDING)
    with pytest.raises(FixRequest, match="reason"):
        office.tickets.cancel([ticket.number], Refund.NONE, reason)
    assert office.tickets.get(ticket.number).state is State.VALID


def test_rule_7_an_exchanged_ticket_names_the_new_one(office: BoxOffice) -> None:
    (old,) = sell(office, SEAT)
    new = office.tickets.exchange(old.number, Item(TONIGHT, FULL, BALCONY, "row A, seat 1"))
    assert new.order == old.order
    (revoked,) = at_control(office, old.number).revocations
    assert (revoked.target, revoked.kind, revoked.replacement) == (
        old.id,
        RevocationKind.EXCHANGED,
        new.number,
    )
    assert not at_control(office, new.number).revocations
    assert office.tickets.get(old.number).refund is Refund.EXCHANGE
    sell(office, SEAT)


def test_rule_7_an_exchange_may_keep_the_seat(office: BoxOffice) -> None:
    (old,) = sell(office, SEAT)
    new = office.tickets.exchange(old.number)
    assert (new.seat, new.zone, new.tariff) == (SEAT.seat, STALLS, FULL)


def test_rule_7_an_exchange_that_fails_leaves_the_old_ticket_valid(office: BoxOffice) -> None:
    sell(office, Item(TONIGHT, FULL, BALCONY, "row A, seat 1"))
    (old,) = sell(office, SEAT)
    with pytest.raises(FixRequest, match="is sold to ticket"):
        office.tickets.exchange(old.number, Item(TONIGHT, FULL, BALCONY, "row A, seat 1"))
    assert office.tickets.get(old.number).state is State.VALID


def test_rule_7_the_reissued_code_is_the_same_ticket_and_the_old_code_is_exchanged(
    office: BoxOffice,
) -> None:
    (sold,) = sell(office, SEAT)
    again = office.tickets.reissue(sold.number)
    assert (again.id, again.number) == (sold.id, sold.number)
    assert again.code.text != sold.code.text
    told = at_control(office, sold.number)
    first, second = sold.code.serial, again.code.serial
    assert first is not None
    assert second is not None
    assert [(row.key, row.ticket.id) for row in told.listings] == [
        (Serial(TONIGHT, first), sold.id),
        (Serial(TONIGHT, second), sold.id),
    ]
    (revoked,) = told.revocations
    assert (revoked.target, revoked.kind, revoked.replacement) == (
        Serial(TONIGHT, first),
        RevocationKind.EXCHANGED,
        sold.number,
    )


def test_rule_7_an_exchanged_ticket_is_neither_cancelled_nor_reactivated(
    office: BoxOffice,
) -> None:
    (old,) = sell(office, STANDING)
    new = office.tickets.exchange(old.number)
    with pytest.raises(FixRequest, match=new.number):
        office.tickets.cancel([old.number], Refund.NONE, "unwell")
    with pytest.raises(FixRequest, match="not cancelled"):
        office.tickets.reactivate(old.number)


def test_rule_7_a_resellers_code_is_not_reissued_but_exchanged(office: BoxOffice) -> None:
    codes = [("4006381333931", "ean13")]
    (listed,) = office.orders.list_codes("Billetor", STANDING, codes).tickets
    with pytest.raises(FixRequest, match="Billetor"):
        office.tickets.reissue(listed.number)
    new = office.tickets.exchange(listed.number)
    assert new.code.symbology == "qrcode"
    (revoked,) = at_control(office, listed.number).revocations
    assert revoked.replacement == new.number
    reading = read("4006381333931", RING, "ean13")
    assert isinstance(reading, Opaque)
    assert [row.key for row in at_control(office, listed.number).listings] == [reading.code]


def test_rule_9_a_cancellation_is_taken_back_with_the_same_code(office: BoxOffice) -> None:
    (sold,) = sell(office, SEAT)
    office.tickets.cancel([sold.number], Refund.CARD, "unwell")
    back = office.tickets.reactivate(sold.number)
    assert back.code == sold.code
    assert (back.state, back.refund, back.reason) == (State.VALID, None, None)
    told = at_control(office, sold.number)
    assert told.lifted == (sold.id,)
    assert not told.revocations


def test_rule_9_taken_back_it_can_be_cancelled_again(office: BoxOffice) -> None:
    (sold,) = sell(office, SEAT)
    for _ in range(2):
        office.tickets.cancel([sold.number], Refund.CARD, "unwell")
        assert at_control(office, sold.number).revocations
        assert not at_control(office, sold.number).lifted
        office.tickets.reactivate(sold.number)
        assert at_control(office, sold.number).lifted


def test_rule_9_not_when_the_seat_was_sold_meanwhile(office: BoxOffice) -> None:
    (old,) = sell(office, SEAT)
    office.tickets.cancel([old.number], Refund.NONE, "unwell")
    (new,) = sell(office, SEAT)
    with pytest.raises(FixRequest, match=new.number):
        office.tickets.reactivate(old.number)
    assert at_control(office, old.number).revocations


def test_rule_9_a_reactivated_ticket_keeps_its_replaced_code_refused(office: BoxOffice) -> None:
    (sold,) = sell(office, SEAT)
    office.tickets.reissue(sold.number)
    office.tickets.cancel([sold.number], Refund.NONE, "unwell")
    office.tickets.reactivate(sold.number)
    (revoked,) = at_control(office, sold.number).revocations
    assert revoked.kind is RevocationKind.EXCHANGED
    assert revoked.target not in at_control(office, sold.number).lifted


def test_rule_10_a_ticket_that_is_inside_is_cancelled_and_still_shown_inside(
    office: BoxOffice,
) -> None:
    (sold,) = sell(office, SEAT)
    deliver(office, sold)
    office.tickets.cancel([sold.number], Refund.NONE, "misbehaved")
    assert office.tickets.inside(sold.number) == 1
    assert office.tickets.get(sold.number).state is State.CANCELLED
    assert at_control(office, sold.number).revocations


def test_rule_10_an_entry_of_a_cancelled_ticket_is_recorded_as_the_entry_it_was(
    office: BoxOffice,
) -> None:
    (sold,) = sell(office, SEAT)
    office.tickets.cancel([sold.number], Refund.NONE, "unwell")
    deliver(office, sold)
    assert office.tickets.inside(sold.number) == 1
    assert "check_in" in {line.what for line in office.tickets.history(sold.number)}
