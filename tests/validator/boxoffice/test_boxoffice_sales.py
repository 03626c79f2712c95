"""Selling: numbers, serials, tokens, keys on disk, seats, resellers' codes."""

from __future__ import annotations

import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from doubles.box import (
    FULL,
    SEAT,
    STALLS,
    STANDING,
    STUDENT,
    TOMORROW,
    TONIGHT,
    entropy,
    open_box,
)
from doubles.hand_clock import HandClock
from validator.boxoffice import BoxOffice, Item
from validator.boxoffice.catalogue import key_of
from validator.boxoffice.sales import ticket_number
from validator.errors import FixConfig, FixRequest
from validator.keys import KeyRing
from validator.model import IssuerKey, KeyState, Serial, Token
from validator.token import read


def key(office: BoxOffice, kid: int) -> IssuerKey:
    with office.database.read() as transaction:
        return key_of(transaction, kid)


def ring(office: BoxOffice, *kids: int) -> KeyRing:
    return KeyRing({kid: key(office, kid) for kid in kids}, bytes(32))


def token(office: BoxOffice, text: str, *kids: int) -> Token:
    reading = read(text, ring(office, *kids or (1,)), "qrcode")
    assert isinstance(reading, Token)
    return reading


def test_a_sold_ticket_bears_a_token_that_says_what_was_sold(office: BoxOffice) -> None:
    (ticket,) = office.orders.sell("Ada", "", [replace(SEAT, tariff=STUDENT, admits=4)]).tickets
    said = token(office, ticket.code.text)
    assert said.serial == Serial(TONIGHT, 1)
    assert (said.tariff, said.zones, said.admits, said.attention) == (STUDENT, 1, 4, True)
    assert ticket.id == said.serial.ticket()
    assert "Ada" not in ticket.code.text


def test_serials_count_up_per_performance(office: BoxOffice) -> None:
    items = [STANDING, Item(TOMORROW, FULL), STANDING]
    tickets = office.orders.sell("Ada", "", items).tickets
    assert [ticket.id for ticket in tickets] == ["7.1", "8.1", "7.2"]


def test_a_sale_that_fails_takes_no_serial_and_no_order_number(office: BoxOffice) -> None:
    with pytest.raises(FixRequest):
        office.orders.sell("Ada", "", [STANDING, Item(99, FULL)])
    order = office.orders.sell("Ada", "", [STANDING])
    assert (order.number, order.tickets[0].id) == (1001, "7.1")


def test_numbers_name_order_and_position_and_cannot_be_guessed(office: BoxOffice) -> None:
    order = office.orders.sell("Ada", "", [STANDING] * 50)
    parts = [ticket.number.split("-") for ticket in order.tickets]
    assert [part[:2] for part in parts] == [["1001", str(place)] for place in range(1, 51)]
    assert len({part[2] for part in parts}) == 50


def test_the_random_part_of_a_number_has_no_lookalikes() -> None:
    draw = entropy("numbers")
    signs = {sign for _ in range(500) for sign in ticket_number(1, 1, draw)[4:]}
    assert signs == set("34679ACDEFGHJKMNPQRTUVWXY")


def test_two_people_cannot_buy_one_seat_at_the_same_moment(office: BoxOffice) -> None:
    sold: list[int] = []
    refused: list[FixRequest] = []

    def buy() -> None:
        try:
            sold.append(office.orders.sell("Ada", "", [SEAT]).number)
        except FixRequest as error:
            refused.append(error)

    buyers = [threading.Thread(target=buy) for _ in range(8)]
    for buyer in buyers:
        buyer.start()
    for buyer in buyers:
        buyer.join()
    assert (len(sold), len(refused)) == (1, 7)


@pytest.mark.parametrize(
    "item",
    [
        Item(99, FULL),
        Item(TONIGHT, 99),
        Item(TONIGHT, FULL, 5),
        Item(TONIGHT, FULL, STALLS, ""),
        Item(TONIGHT, FULL, STALLS, "x" * 41),
        Item(TONIGHT, FULL, admits=0),
        Item(TONIGHT, FULL, admits=256),
    ],
)
def test_what_is_not_there_is_not_sold(office: BoxOffice, item: Item) -> None:
    with pytest.raises(FixRequest):
        office.orders.sell("Ada", "", [item])


def test_an_order_has_a_name_and_one_to_500_tickets(office: BoxOffice) -> None:
    for name, items in ((" ", [STANDING]), ("Ada", []), ("Ada", [STANDING] * 501)):
        with pytest.raises(FixRequest):
            office.orders.sell(name, "", items)


def test_payment_is_noted_on_every_ticket(office: BoxOffice) -> None:
    order = office.orders.sell("Ada", "", [STANDING] * 2, paid=False)
    assert not order.tickets[0].paid
    paid = office.orders.mark_paid(order.number)
    assert all(ticket.paid for ticket in paid.tickets)
    history = office.tickets.history(order.tickets[1].number)
    assert [line.what for line in history] == ["sold", "paid"]


def test_names_are_in_no_repr(office: BoxOffice) -> None:
    order = office.orders.sell("Ada Muster", "ada@example.org", [STANDING])
    assert "Ada" not in repr(order)
    assert "ada@" not in repr(order)
    assert order.tickets[0].code.text not in repr(order)


def test_files_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    open_box(tmp_path, HandClock())
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert set(modes.values()) == {0o600}
    assert {"boxoffice.sqlite", "issuer-1.key"} <= modes.keys()


def test_after_a_restart_the_same_key_signs_on(tmp_path: Path) -> None:
    first = open_box(tmp_path, HandClock())
    (old,) = first.orders.sell("Ada", "", [STANDING]).tickets
    first.close()
    second = open_box(tmp_path, HandClock())
    (new,) = second.orders.sell("Ada", "", [STANDING]).tickets
    assert token(second, old.code.text).kid == token(second, new.code.text).kid == 1
    assert new.id == "7.2"


def test_a_new_key_retires_the_old_one_whose_tickets_stay_good(office: BoxOffice) -> None:
    (old,) = office.orders.sell("Ada", "", [STANDING]).tickets
    assert office.issuer.rotate() == 2
    (new,) = office.orders.sell("Ada", "", [STANDING]).tickets
    assert token(office, old.code.text, 1, 2).kid == 1
    assert token(office, new.code.text, 1, 2).kid == 2
    assert (key(office, 1).state, key(office, 1).scopes) == (KeyState.RETIRED, (TONIGHT,))
    assert (key(office, 2).state, key(office, 2).scopes) == (
        KeyState.ACTIVE,
        (TONIGHT, TOMORROW),
    )


def test_a_lost_private_key_is_replaced_and_its_tickets_stay_good(tmp_path: Path) -> None:
    first = open_box(tmp_path, HandClock())
    (old,) = first.orders.sell("Ada", "", [STANDING]).tickets
    first.close()
    (tmp_path / "issuer-1.key").unlink()
    second = open_box(tmp_path, HandClock(), "another")
    assert second.issuer.kid == 2
    assert key(second, 1).state is KeyState.RETIRED
    assert token(second, old.code.text, 1, 2).kid == 1


def test_a_key_file_that_the_restored_database_does_not_know_keeps_its_number(
    tmp_path: Path,
) -> None:
    (tmp_path / "issuer-1.key").write_text("of a newer backup")
    office = open_box(tmp_path, HandClock())
    assert office.issuer.kid == 2
    assert (tmp_path / "issuer-1.key").read_text() == "of a newer backup"


@pytest.mark.parametrize("content", ["", "zz", "00" * 31, "\xff"])
def test_a_damaged_key_file_says_what_to_do(tmp_path: Path, content: str) -> None:
    open_box(tmp_path, HandClock()).close()
    (tmp_path / "issuer-1.key").write_text(content, "latin-1")
    with pytest.raises(FixConfig, match=r"issuer-1\.key"):
        open_box(tmp_path, HandClock())


def test_data_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    office = open_box(tmp_path, HandClock())
    with office.database.write() as transaction:
        transaction.run("PRAGMA user_version = 99")
    office.close()
    with pytest.raises(FixConfig, match="newer version"):
        open_box(tmp_path, HandClock())


def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    (tmp_path / "boxoffice.sqlite").write_bytes(b"x" * 5000)
    with pytest.raises(FixConfig, match=r"boxoffice\.sqlite"):
        open_box(tmp_path, HandClock())


def test_resellers_codes_are_listed_under_their_distributor(office: BoxOffice) -> None:
    codes = [("4006381333931", "ean13"), ("BLT-1", "code128")]
    order = office.orders.list_codes("Billetor", STANDING, codes)
    assert [ticket.distributor for ticket in order.tickets] == ["Billetor"] * 2
    assert [ticket.id for ticket in order.tickets] == [
        f"boxoffice:{ticket.number}" for ticket in order.tickets
    ]
    assert [(ticket.code.text, ticket.code.symbology) for ticket in order.tickets] == codes


@pytest.mark.parametrize(
    ("text", "symbology"),
    [
        ("4006381333930", "ean13"),
        ("400638133393", "ean13"),
        ("٤٠٠٦٣٨١٣٣٣٩٣١", "ean13"),
        ("", "code128"),
        (" BLT", "code128"),
        ("BLÉ", "code128"),
        ("x" * 49, "code128"),
        ("4006381333931", "qrcode"),
    ],
)
def test_a_code_that_is_none_is_not_listed(office: BoxOffice, text: str, symbology: str) -> None:
    with pytest.raises(FixRequest, match="Code 2"):
        office.orders.list_codes("Billetor", STANDING, [("BLT-1", "code128"), (text, symbology)])
    assert office.orders.latest(10) == ()


def test_a_code_is_listed_once_per_performance(office: BoxOffice) -> None:
    codes = [("BLT-1", "code128")]
    office.orders.list_codes("Billetor", STANDING, codes)
    office.orders.list_codes("Billetor", Item(TOMORROW, FULL), codes)
    with pytest.raises(FixRequest, match="listed already"):
        office.orders.list_codes("Billetor", STANDING, codes)
