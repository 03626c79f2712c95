"""Rules 5 and 6: orders that wait for the payment of their invoice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubles.box import FULL, SEAT, STALLS, STANDING, TOMORROW
from doubles.hand_clock import HandClock
from validator.boxoffice import BoxOffice, Item, Order, Refund, State
from validator.boxoffice.letters import Kind
from validator.boxoffice.model import InvoiceOpen, Payment
from validator.boxoffice.settings import Settings
from validator.clock import HOUR_MS
from validator.errors import FixRequest

DAY_MS = 24 * HOUR_MS
OTHER = replace(SEAT, seat="row F, seat 13", price=3000)


def invoice(office: BoxOffice, *items: Item, language: str = "en") -> Order:
    return office.orders.sell("Ada Muster", "ada@example.org", items, paid=False, language=language)


def kinds(office: BoxOffice, order: Order) -> list[Kind]:
    return [mail.kind for mail in office.mails.of(order.number)]


def states(office: BoxOffice, order: Order) -> set[State]:
    return {ticket.state for ticket in office.orders.get(order.number).tickets}


def test_rule_5_a_single_ticket_of_an_unpaid_order_is_not_cancelled(office: BoxOffice) -> None:
    order = invoice(office, SEAT, OTHER)
    with pytest.raises(InvoiceOpen, match="Remake the order") as refused:
        office.tickets.cancel([order.tickets[0].number], Refund.NONE, "unwell")
    assert (refused.value.order, refused.value.ticket) == (order.number, order.tickets[0].number)
    with pytest.raises(InvoiceOpen):
        office.tickets.exchange(order.tickets[0].number)
    assert states(office, order) == {State.VALID}


def test_rule_5_the_way_out_cancels_it_whole_and_orders_the_rest_anew(office: BoxOffice) -> None:
    order = invoice(office, SEAT, OTHER, language="fr")
    new = office.invoices.remake(order.number, [order.tickets[0].number.lower()], "unwell")
    assert states(office, order) == {State.CANCELLED}
    assert office.orders.get(order.number).due is None
    (ticket,) = new.tickets
    assert (ticket.seat, ticket.price, ticket.state) == (OTHER.seat, 3000, State.VALID)
    assert ticket.id not in {old.id for old in order.tickets}
    assert (new.replaces, new.payment, new.paid) == (order.number, Payment.INVOICE, False)
    assert (new.customer, new.language) == ("Ada Muster", "fr")
    assert kinds(office, new) == [Kind.INVOICE]
    (mail,) = office.mails.of(new.number)
    assert "30.00" in mail.letter.body
    assert ticket.number in mail.letter.body
    office.orders.sell("Bea", "", [SEAT])


def test_rule_5_the_way_out_is_taken_whole_or_not_at_all(office: BoxOffice) -> None:
    order = invoice(office, SEAT, OTHER)
    numbers = [ticket.number for ticket in order.tickets]
    paid = office.orders.sell("Bea", "", [STANDING])
    for without in ([], ["1-1-AAAA"], numbers, [numbers[0], paid.tickets[0].number]):
        with pytest.raises(FixRequest):
            office.invoices.remake(order.number, without, "unwell")
    with pytest.raises(FixRequest, match="waits for no payment"):
        office.invoices.remake(paid.number, [paid.tickets[0].number], "unwell")
    assert states(office, order) == {State.VALID}
    assert office.orders.latest(1)[0].number == paid.number


def test_rule_5_the_whole_order_is_cancelled_and_refunds_nothing(
    office: BoxOffice, hand: HandClock
) -> None:
    order = invoice(office, OTHER)
    cancelled = office.orders.cancel(order.number, Refund.CARD, "unwell")
    assert (cancelled.tickets[0].refunded, cancelled.due) == (0, None)
    hand.go(40 * DAY_MS)
    assert office.invoices.remind() == 0


def test_rule_5_once_paid_its_tickets_are_cancelled_singly(office: BoxOffice) -> None:
    order = invoice(office, SEAT, OTHER)
    office.orders.mark_paid(order.number)
    office.tickets.cancel([order.tickets[1].number], Refund.TRANSFER, "unwell")
    assert states(office, order) == {State.VALID, State.CANCELLED}


@pytest.mark.parametrize(
    ("days", "count", "steps"),
    [(10, 2, [10, 20, 30]), (5, 2, [5, 10, 15]), (7, 0, [7]), (1, 3, [1, 2, 3, 4])],
)
def test_rule_6_reminders_then_the_cancellation_on_day_d_plus_n_d(
    office: BoxOffice, hand: HandClock, days: int, count: int, steps: list[int]
) -> None:
    office.settings.put(Settings(reminder_days=days, reminders=count))
    order = invoice(office, SEAT)
    taken, begin = [], hand.wall_ms
    for hour in range(24 * (steps[-1] + 2)):
        hand.wall_ms = begin + hour * HOUR_MS
        if office.invoices.remind():
            taken.append(hour / 24)
        assert (states(office, order) == {State.CANCELLED}) == (hour >= 24 * steps[-1])
    assert taken == steps
    assert kinds(office, order) == [Kind.INVOICE, *[Kind.REMINDER] * count, Kind.EXPIRED]
    office.orders.sell("Bea", "", [SEAT])


def test_rule_6_each_letter_names_the_day_until_which_it_can_be_paid(
    office: BoxOffice, hand: HandClock
) -> None:
    order = invoice(office, OTHER, language="de")
    for _ in range(3):
        hand.go(10 * DAY_MS)
        office.invoices.remind()
    told = [mail.letter for mail in office.mails.of(order.number)]
    assert [day for letter in told for day in ("28.11.2026", "08.12.2026", "18.12.2026")
            if day in letter.body] == ["28.11.2026", "08.12.2026", "18.12.2026"]  # fmt: skip
    assert {letter.language for letter in told} == {"de"}


@pytest.mark.parametrize("day", [1, 15, 29])
def test_rule_6_paying_before_then_stops_it(office: BoxOffice, hand: HandClock, day: int) -> None:
    order = invoice(office, SEAT)
    for _ in range(day):
        hand.go(DAY_MS)
        office.invoices.remind()
    office.orders.mark_paid(order.number)
    sent = kinds(office, order)
    hand.go(60 * DAY_MS)
    assert office.invoices.remind() == 0
    assert states(office, order) == {State.VALID}
    assert kinds(office, order) == sent


def test_rule_6_nobody_is_cancelled_unreminded_because_the_gateway_was_off(
    office: BoxOffice, hand: HandClock
) -> None:
    order = invoice(office, SEAT)
    hand.go(45 * DAY_MS)
    assert [office.invoices.remind(), office.invoices.remind()] == [1, 0]
    hand.go(10 * DAY_MS)
    assert office.invoices.remind() == 1
    assert states(office, order) == {State.VALID}
    hand.go(10 * DAY_MS)
    office.invoices.remind()
    assert states(office, order) == {State.CANCELLED}


def test_rule_6_a_customer_without_an_address_is_cancelled_as_well(
    office: BoxOffice, hand: HandClock
) -> None:
    order = office.orders.sell("Ada", "", [SEAT], paid=False)
    for _ in range(3):
        hand.go(10 * DAY_MS)
        office.invoices.remind()
    assert states(office, order) == {State.CANCELLED}
    told = office.tickets.history(order.tickets[0].number)
    assert [line.what for line in told] == ["sold", "reminded", "reminded", "cancelled"]
    assert [line.details.get("by_mail") for line in told[1:3]] == [False, False]


def test_rule_6_the_method_is_offered_only_so_long_before_the_event(
    office: BoxOffice, hand: HandClock
) -> None:
    office.settings.put(Settings(invoice_days_before=1))
    with pytest.raises(FixRequest, match="offered until 1 days"):
        invoice(office, Item(TOMORROW, FULL, STALLS), SEAT)
    hand.go(-2 * HOUR_MS)
    assert invoice(office, Item(TOMORROW, FULL, STALLS)).number == 1001
    office.orders.sell("Bea", "", [SEAT], payment=Payment.CASH)


@pytest.mark.parametrize(
    "settings",
    [Settings(reminder_days=0), Settings(reminders=11), Settings(commission_permille=-1)],
)
def test_settings_have_bounds(office: BoxOffice, settings: Settings) -> None:
    with pytest.raises(FixRequest, match="must be from"):
        office.settings.put(settings)
    assert office.settings.get() == Settings()


def test_rule_9_a_ticket_of_an_unpaid_order_that_is_taken_back_has_a_deadline_again(
    office: BoxOffice, hand: HandClock
) -> None:
    order = invoice(office, SEAT)
    office.orders.cancel(order.number, Refund.NONE, "unwell")
    office.tickets.reactivate(order.tickets[0].number)
    assert office.orders.get(order.number).due == hand.wall_ms + 10 * DAY_MS
