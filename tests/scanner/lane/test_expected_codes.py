"""Which codes a camera's lane judges, and which it tells calmly."""

import pytest

from device.decoders.zxing import NAMES
from device.ports import Symbol
from device.wanted import Wanted
from scanner.lane.expected_codes import wanted_of
from validator.model import SYMBOLOGIES, Assignment, Catalogue, Gate, Shape, Source

LANE = "lane-1"


def plan(*shapes: Shape) -> Catalogue:
    return Catalogue.of((Source("boxoffice", "Box office", shapes),))


def looked_for(plan: Catalogue) -> Wanted:
    return wanted_of(plan, LANE)


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
    assert not looked_for(plan()).may_be_ticket(code(text))


@pytest.mark.parametrize("text", ["E1:6BFOXN*TS0BI$ZD-P%A.", "kq3b7xwzr5", "HTTPD-4711", None])
def test_any_other_matrix_code_is_judged(text: str | None) -> None:
    assert looked_for(plan()).may_be_ticket(code(text))


def test_a_page_address_that_a_source_sells_is_judged() -> None:
    sold = plan(Shape("qrcode", 0, "https://tickets.example/"))
    assert looked_for(sold).may_be_ticket(code("https://tickets.example/4711"))
    assert not looked_for(sold).may_be_ticket(code("https://example.org/"))


def test_only_the_symbologies_that_tickets_have_are_looked_for() -> None:
    assert set(looked_for(plan()).formats) == {"qrcode"}
    resold = looked_for(plan(Shape("ean13", 13), Shape("code128", 10)))
    assert set(resold.formats) == {"qrcode", "ean13", "code128"}
    assert not resold.may_be_ticket(code("A" * 10, "code39"))
    assert resold.may_be_ticket(code("4006381333931", "ean13"))


def test_a_source_that_may_sell_any_form_and_a_plan_not_heard_yet_leave_all() -> None:
    assert not looked_for(plan(Shape())).formats
    assert not looked_for(Catalogue()).formats


def test_a_gate_may_name_its_own_symbologies_whatever_sources_sell() -> None:
    sources = (Source("boxoffice", "Box office", ()), Source("other", "Other", (Shape("ean13"),)))
    gate = Gate("a", "A", (1,), symbologies=("code128",))
    plan = Catalogue.of((*sources, gate, Assignment(LANE, "a"), Assignment("lane-2", "b")))
    assert set(wanted_of(plan, LANE).formats) == {"code128"}
    assert set(wanted_of(plan, "lane-2").formats) == {"qrcode", "ean13"}


def test_a_gate_may_name_what_decoders_read_and_nothing_else() -> None:
    assert set(NAMES.values()) == SYMBOLOGIES
