"""Rules 3, 4 and 8: refunds, commission, telling the customer, finding what was sold."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from doubles.boxoffice.box import FULL, SEAT, STANDING, TOMORROW, TONIGHT, check_in, open_box
from doubles.clock.hand_clock import HandClock
from validator.boxoffice import BoxOffice, Item, Order, Refund, TicketState
from validator.boxoffice.model import Payment
from validator.boxoffice.records.settings import OfficeSettings
from validator.clock import HOUR_MS, Instant
from validator.errors import FixRequest, RetryLater
from validator.upstreams.boxoffice import check_in_json

DEAR = replace(STANDING, price=4550)
LANGUAGES = ("en", "fr", "de", "es", "it")


@pytest.fixture
def office(tmp_path: Path) -> BoxOffice:
    office = open_box(tmp_path, HandClock())
    office.settings.put(OfficeSettings(commission_cents=50, commission_permille=30))
    return office


def sell(office: BoxOffice, *items: Item, name: str = "Ada Muster", email: str = "") -> Order:
    return office.orders.sell(name, email, items)


def letters(tmp_path: Path) -> list[EmailMessage]:
    return [
        message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in sorted((tmp_path / "mails").iterdir())
    ]


def test_rule_3_the_whole_price_is_refunded_unless_an_amount_is_named(office: BoxOffice) -> None:
    first, second = sell(office, DEAR, DEAR).tickets
    office.tickets.cancel([first.number], Refund.CARD, "unwell")
    office.tickets.cancel([second.number], Refund.CASH, "late", amount=2000)
    assert office.tickets.get(first.number).refunded == 4550
    assert office.tickets.get(second.number).refunded == 2000


@pytest.mark.parametrize(("refund", "amount"), [(Refund.CARD, 4551), (Refund.NONE, 1)])
def test_rule_3_no_more_is_refunded_than_was_paid(
    office: BoxOffice, refund: Refund, amount: int
) -> None:
    (ticket,) = sell(office, DEAR).tickets
    with pytest.raises(FixRequest, match="cents at most"):
        office.tickets.cancel([ticket.number], refund, "unwell", amount)
    assert office.tickets.get(ticket.number).state is TicketState.VALID


def test_rule_3_an_order_is_refunded_in_part(office: BoxOffice) -> None:
    order = sell(office, DEAR, DEAR, DEAR)
    with pytest.raises(FixRequest, match="cents at most"):
        office.orders.cancel(order.number, Refund.TRANSFER, "moved", amount=3 * 4550 + 1)
    cancelled = office.orders.cancel(order.number, Refund.TRANSFER, "moved", amount=5000)
    assert [ticket.refunded for ticket in cancelled.tickets] == [4550, 450, 0]


def test_rule_3_a_cancelled_ticket_still_bears_the_commission(office: BoxOffice) -> None:
    first, _ = sell(office, DEAR, DEAR).tickets
    office.tickets.cancel([first.number], Refund.CARD, "unwell", amount=1000)
    (account,) = office.accounts.of(TONIGHT)
    assert (account.sold, account.cancelled, account.price) == (2, 1, 9100)
    assert account.refunded == 1000
    assert account.commission == 2 * (50 + 136)
    (row,) = office.accounts.taken_back(TONIGHT)
    assert (row.number, row.state, row.refund) == (first.number, TicketState.CANCELLED, Refund.CARD)
    assert (row.reason, row.commission) == ("unwell", 186)


def test_rule_3_an_exchange_refunds_the_old_price_and_bears_both_commissions(
    office: BoxOffice,
) -> None:
    (old,) = sell(office, DEAR).tickets
    office.tickets.exchange(old.number, Item(TOMORROW, FULL, price=6000), "other day")
    (row,) = office.accounts.taken_back(TONIGHT)
    assert (row.refund, row.refunded, row.commission) == (Refund.EXCHANGE, 4550, 186)
    (account,) = office.accounts.of(TOMORROW)
    assert (account.price, account.commission) == (6000, 50 + 180)


def test_rule_3_a_cancellation_taken_back_refunds_nothing(office: BoxOffice) -> None:
    (ticket,) = sell(office, DEAR).tickets
    office.tickets.cancel([ticket.number], Refund.CARD, "unwell")
    assert office.tickets.reactivate(ticket.number).refunded == 0


def test_an_invited_guest_has_a_free_ticket_and_a_name(office: BoxOffice) -> None:
    for item, paid in ((DEAR, True), (STANDING, False)):
        with pytest.raises(FixRequest, match="pays nothing"):
            office.orders.sell("Ada", "", [item], paid=paid, payment=Payment.INVITATION)
    order = office.orders.sell("Ada Guest", "", [STANDING], payment=Payment.INVITATION)
    (found,) = office.search.find("ada guest")
    assert (found.order, order.total) == (order, 0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_rule_4_the_operator_is_offered_a_letter_in_the_customers_language(
    office: BoxOffice, tmp_path: Path, language: str
) -> None:
    order = office.orders.sell("Zoé", "zoe@example.org", [SEAT, STANDING], language=language)
    gone, kept = order.tickets
    office.tickets.cancel([gone.number], Refund.CARD, "unwell")
    offered = office.mails.cancellation_letter(order.number, [gone.number])
    assert offered is not None
    assert office.mails.of(order.number) == ()
    assert office.mails.send_cancellation_letter(order.number, [gone.number]) == offered
    assert office.mails.deliver() == 1
    (letter,) = letters(tmp_path)
    assert (letter["To"], letter["Content-Language"]) == ("zoe@example.org", language)
    assert letter["Subject"] == offered.subject
    assert str(order.number) in offered.subject
    text = letter.get_content()
    assert "Zoé" in text
    assert gone.number in text
    assert kept.number not in text


def test_rule_4_every_language_has_words_of_its_own(office: BoxOffice) -> None:
    subjects = set()
    for language in LANGUAGES:
        order = office.orders.sell("Ada", "ada@example.org", [STANDING], language=language)
        office.orders.cancel(order.number, Refund.NONE, "moved")
        offered = office.mails.cancellation_letter(order.number, [order.tickets[0].number])
        assert offered is not None
        subjects.add(offered.subject.replace(str(order.number), ""))
    assert len(subjects) == len(LANGUAGES)


def test_rule_4_nothing_is_told_of_a_ticket_that_is_valid(office: BoxOffice) -> None:
    order = sell(office, STANDING, email="ada@example.org")
    with pytest.raises(FixRequest, match="cancelled tickets of order"):
        office.mails.send_cancellation_letter(order.number, [order.tickets[0].number])


@pytest.mark.parametrize("address", ["", "nobody", "a@b\nBcc: c@d", "a@b, c@d", "<a@b>"])
def test_rule_4_without_an_address_for_one_letter_there_is_no_offer(
    office: BoxOffice, address: str
) -> None:
    order = sell(office, STANDING, email=address)
    office.orders.cancel(order.number, Refund.NONE, "moved")
    numbers = [order.tickets[0].number]
    assert office.mails.cancellation_letter(order.number, numbers) is None
    with pytest.raises(FixRequest, match="no e-mail address"):
        office.mails.send_cancellation_letter(order.number, numbers)


def test_rule_4_a_letter_waits_until_its_folder_can_be_written(
    office: BoxOffice, tmp_path: Path
) -> None:
    order = sell(office, STANDING, email="ada@example.org")
    office.orders.cancel(order.number, Refund.NONE, "moved")
    office.mails.send_cancellation_letter(order.number, [order.tickets[0].number])
    (tmp_path / "mails").write_text("in the way")
    with pytest.raises(RetryLater, match="They wait"):
        office.do_chores()
    (tmp_path / "mails").unlink()
    office.do_chores()
    assert office.mails.deliver() == 0
    (path,) = (tmp_path / "mails").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    (mail,) = office.mails.of(order.number)
    assert mail.written


def test_letters_are_forgotten_with_their_customer(office: BoxOffice, tmp_path: Path) -> None:
    order = sell(office, STANDING, email="ada@example.org")
    office.orders.cancel(order.number, Refund.NONE, "moved")
    office.mails.send_cancellation_letter(order.number, [order.tickets[0].number])
    office.do_chores()
    assert office.orders.erase_customers(Instant(HandClock().wall_ms + 99 * HOUR_MS)) == 1
    assert office.mails.of(order.number) == ()
    assert letters(tmp_path) == []


def test_a_letter_that_can_not_be_deleted_keeps_its_order_due(
    office: BoxOffice, tmp_path: Path
) -> None:
    order = sell(office, SEAT, email="ada@example.org")
    office.orders.cancel(order.number, Refund.NONE, "moved")
    office.mails.send_cancellation_letter(order.number, [order.tickets[0].number])
    office.do_chores()
    (path,) = (tmp_path / "mails").iterdir()
    path.unlink()
    path.mkdir()
    over = Instant(HandClock().wall_ms + 99 * HOUR_MS)
    with pytest.raises(RetryLater, match="deleted from mails"):
        office.orders.erase_customers(over)
    path.rmdir()
    assert len(office.mails.of(order.number)) == 1
    assert office.orders.erase_customers(over) == 1


def test_rule_8_a_ticket_is_found_by_its_number_with_its_whole_history(office: BoxOffice) -> None:
    order = sell(office, SEAT)
    (ticket,) = order.tickets
    office.check_ins.record([check_in_json(check_in(1, ticket.id))])
    office.tickets.cancel([ticket.number], Refund.CARD, "unwell")
    (found,) = office.search.find(f" {ticket.number.lower()} ")
    assert (found.order.number, found.score) == (order.number, 100)
    told = office.tickets.history(ticket.number)
    assert {line.what for line in told} == {"sold", "check_in", "cancelled"}


@pytest.mark.parametrize(
    "asked",
    [
        "1002",
        "#1002",
        "José Núñez-Öztürk",
        "jose nunez-ozturk",
        "NUNEZ-OZTURK JOSE",
        "nunes-ozturk",
        "jose nuñez ozturk",
        "jose.nunez@example.org",
        "JOSE.NUNES@example.org",
    ],
)
def test_rule_8_an_order_is_found_in_spite_of_case_accents_and_typing_errors(
    office: BoxOffice, asked: str
) -> None:
    sell(office, STANDING, email="ada@example.com")
    wanted = sell(office, STANDING, name="José Núñez-Öztürk", email="jose.nunez@example.org")
    sell(office, STANDING, name="Bea Lindqvist", email="bea@example.net")
    assert [found.order.number for found in office.search.find(asked)] == [wanted.number]


@pytest.mark.parametrize("asked", ["9999", "1001-1-AAAA", "Zebulon", "%", "' OR 1=1 --"])
def test_rule_8_nothing_is_found_that_is_not_there(office: BoxOffice, asked: str) -> None:
    sell(office, STANDING, email="ada@example.org")
    assert office.search.find(asked) == ()


def test_rule_8_an_address_at_the_same_provider_is_not_alike(office: BoxOffice) -> None:
    sell(office, STANDING, email="eva@example.org")
    wanted = sell(office, STANDING, email="ada@example.org")
    assert [found.order.number for found in office.search.find("ada@example.org")] == [
        wanted.number
    ]


@pytest.mark.parametrize(("asked", "limit"), [("", 1), ("  ", 1), ("x" * 201, 1), ("x", 51)])
def test_a_question_has_bounds(office: BoxOffice, asked: str, limit: int) -> None:
    with pytest.raises(FixRequest, match="characters"):
        office.search.find(asked, limit)
