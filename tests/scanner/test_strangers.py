"""Which codes a camera's lane judges, and which it tells calmly."""

import pytest

from device.ports import Symbol
from scanner.strangers import wanted_of
from validator.model import Catalogue, Shape, Source


def plan(*shapes: Shape) -> Catalogue:
    return Catalogue.of((Source("boxoffice", "Box office", shapes),))


def code(text: str | None, format: str = "qrcode") -> Symbol:
    return Symbol(text, (text or "\xff").encode("latin-1"), format, ())


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/menu",
        "HTTP://EXAMPLE.ORG",
        " http://example.org",
        "www.example.org",
        "WIFI:T:WPA;S:Foyer;P:secret;;",
        "BEGIN:VCARD\r\nVERSION:3.0",
        "mailto:hello@example.org",
        "SPC\n0200\n1",
    ],
)
def test_what_phones_act_upon_is_no_ticket(text: str) -> None:
    assert not wanted_of(plan()).may_be_ticket(code(text))


@pytest.mark.parametrize("text", ["E1:6BFOXN*TS0BI$ZD-P%A.", "kq3b7xwzr5", "HTTPD-4711", None])
def test_any_other_matrix_code_is_judged(text: str | None) -> None:
    assert wanted_of(plan()).may_be_ticket(code(text))


def test_a_page_address_that_a_source_sells_is_judged() -> None:
    sold = plan(Shape("qrcode", 0, "https://tickets.example/"))
    assert wanted_of(sold).may_be_ticket(code("https://tickets.example/4711"))
    assert not wanted_of(sold).may_be_ticket(code("https://example.org/"))


def test_only_the_symbologies_that_tickets_have_are_looked_for() -> None:
    assert set(wanted_of(plan()).formats) == {"qrcode"}
    resold = wanted_of(plan(Shape("ean13", 13), Shape("code128", 10)))
    assert set(resold.formats) == {"qrcode", "ean13", "code128"}
    assert not resold.may_be_ticket(code("A" * 10, "code39"))
    assert resold.may_be_ticket(code("4006381333931", "ean13"))


def test_a_source_that_may_sell_any_form_and_a_plan_not_heard_yet_leave_all() -> None:
    assert not wanted_of(plan(Shape())).formats
    assert not wanted_of(Catalogue()).formats
