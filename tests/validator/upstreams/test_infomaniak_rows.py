"""What a shop tells of, and what it is here."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubles.boxoffice.box import NOON
from doubles.upstreams.infomaniak_system import SOURCE, Follower, InfomaniakSystem, ticket_id
from simulators.infomaniak_shop import ShopTicket
from validator.errors import FixConfig, WireError
from validator.model import Pass, Performance, RevocationKind, Source, Tariff
from validator.upstreams.infomaniak.assumed_api import (
    credential_in,
    is_already,
    read_event,
    read_pass_kind,
    read_sold,
    read_zone,
    rows,
    why,
)


async def test_performances_zones_and_tariffs_come_with_the_tickets(
    system: InfomaniakSystem, gateway: Follower
) -> None:
    (ticket,) = system.shop.sell()
    (page,) = await gateway.sync()
    performances = [entry for entry in page.entries if isinstance(entry, Performance)]
    assert [entry.scope for entry in performances] == [501, 502]
    assert performances[0].doors == (NOON - 2 * 3_600_000) // 60_000 * 60_000
    assert performances[0].end == NOON + 2 * 3_600_000
    tariffs = {entry.id: entry.name for entry in page.entries if isinstance(entry, Tariff)}
    (listing,) = page.listings
    assert tariffs[listing.ticket.tariff] == {"fr": "Etudiant"}
    assert listing.ticket.scope == ticket.date
    assert listing.ticket.zones == 1 << 1
    assert listing.ticket.source == SOURCE
    assert any(isinstance(entry, Source) and entry.id == SOURCE for entry in page.entries)


@pytest.mark.parametrize(
    ("start", "opening", "closing", "doors", "end"),
    [
        ("2026-11-22 20:30", "19:00", "23:00", "2026-11-22T19:00+01", "2026-11-22T23:00+01"),
        ("2026-11-22 20:30", "20:30", "03:00", "2026-11-22T20:30+01", "2026-11-23T03:00+01"),
        ("2026-11-22 20:30", "21:00", "20:00", "2026-11-22T21:00+01", "2026-11-23T20:00+01"),
        ("2026-12-02 01:09", "23:09", "06:00", "2026-12-01T23:09+01", "2026-12-02T06:00+01"),
        ("2026-12-02 00:00", "22:00", "00:00", "2026-12-01T22:00+01", "2026-12-02T00:00+01"),
        ("2027-01-01 00:30", "23:00", "05:00", "2026-12-31T23:00+01", "2027-01-01T05:00+01"),
        ("2026-11-22 21:00", "08:00", "23:00", "2026-11-22T08:00+01", "2026-11-22T23:00+01"),
        # Clocks are put back at three, and forward at two.
        ("2026-10-25T02:10+01", "23:30", "02:40", "2026-10-24T23:30+02", "2026-10-25T02:40+01"),
        ("2026-10-24 23:00", "22:00", "02:30", "2026-10-24T22:00+02", "2026-10-25T02:30+02"),
        ("2027-03-28 01:00", "23:00", "03:30", "2027-03-27T23:00+01", "2027-03-28T03:30+02"),
    ],
)
def test_doors_named_by_the_hour_open_before_the_start_and_shut_after_it(
    start: str, opening: str, closing: str, doors: str, end: str
) -> None:
    said = {"event_id": 1, "start": start, "opening_doors": opening, "closing_doors": closing}
    event = read_event(said, ZoneInfo("Europe/Zurich"))
    assert [event.doors, event.end] == [
        round(datetime.fromisoformat(time).timestamp() * 1000) for time in (doors, end)
    ]


async def test_numbers_of_tariffs_stay_the_same_for_ever(
    system: InfomaniakSystem, gateway: Follower
) -> None:
    system.shop.sell(4)
    (page,) = await gateway.sync()
    system.opened()
    again = await system.upstream.changes("")
    assert again.listings == page.listings


async def test_no_customer_is_kept(
    system: InfomaniakSystem, gateway: Follower, tmp_path: Path
) -> None:
    system.shop.sell(3)
    told = await gateway.sync()
    stored = bytes_in(tmp_path)
    for name in ("Lovelace", "ada@example.org"):
        assert name not in repr(told)
        assert name.encode() not in stored


def bytes_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_a_changed_code_opens_the_same_ticket_and_the_old_one_is_exchanged(
    system: InfomaniakSystem, gateway: Follower
) -> None:
    tickets = system.shop.sell(600)
    (page, _) = await gateway.sync()
    old = page.listings[0].key
    system.shop.reissue(tickets[0], "99999999Z")
    (page, _) = await gateway.sync()
    assert page.listings[0].key != old
    assert page.listings[0].ticket.id == ticket_id(tickets[0])
    assert [(row.target, row.kind) for row in page.revocations] == [(old, RevocationKind.EXCHANGED)]


async def test_names_come_in_the_language_that_was_asked_for(
    system: InfomaniakSystem, gateway: Follower
) -> None:
    system.shop.sell(1)
    system.opened(language="de", currency="EUR")
    (page,) = await gateway.sync()
    names = [entry.name for entry in page.entries if isinstance(entry, Tariff)]
    assert {tuple(name) for name in names} == {("de",)}


async def test_imported_tickets_and_passes_are_listed_too(
    system: InfomaniakSystem, gateway: Follower
) -> None:
    system.shop.pass_kinds = [
        {"category_id": 77, "name": "Abo", "max_tickets": 5, "max_tickets_per_day": 0}
    ]
    (imported,) = system.shop.sell(1, kind="imported")
    (abo,) = system.shop.sell(1, kind="pass")
    abo.category = 77
    (page,) = await gateway.sync()
    rows = {row.ticket.id: row.ticket for row in page.listings}
    assert rows[ticket_id(imported)].distributor == "Billetor"
    (kind,) = [entry for entry in page.entries if isinstance(entry, Pass)]
    assert rows[ticket_id(abo)].scope == kind.scope
    assert (kind.performances, kind.limit, kind.per_day) == ((501, 502), 5, None)


async def test_only_events_that_are_followed_count(
    system: InfomaniakSystem, gateway: Follower
) -> None:
    system.shop.sell(3)
    system.opened(events=(1,))
    (page,) = await gateway.sync()
    assert not page.listings
    assert page.as_of is not None


async def test_an_odd_row_keeps_no_other_out(system: InfomaniakSystem, gateway: Follower) -> None:
    odd, good = system.shop.sell(2)
    odd.code = ""
    (page,) = await gateway.sync()
    assert set(gateway.listed) == {ticket_id(good)}
    assert [(row.id, "no code" in row.why) for row in page.aside] == [(odd.key, True)]
    assert page.as_of is None
    odd.code = "A1"
    (page,) = await gateway.sync()
    assert not page.aside and page.as_of is not None


async def test_an_odd_zone_or_performance_keeps_no_other_out(
    system: InfomaniakSystem, gateway: Follower
) -> None:
    (ticket,) = system.shop.sell(1)
    system.shop.pass_kinds = [{"name": "Abo"}]
    system.shop.zones = (0, 118272)
    (page,) = await gateway.sync()
    assert set(gateway.listed) == {ticket_id(ticket)}
    assert [row.id for row in page.aside] == [
        "event 61948, zone at place 1",
        "pass category at place 1",
    ]
    assert page.as_of is None


async def test_secrets_are_not_shown(system: InfomaniakSystem) -> None:
    shown = repr(system.settings)
    for secret in ("shop-key", "counter-key", "application-password"):
        assert secret not in shown


def test_the_sample_shop_prints_codes_of_the_known_form() -> None:
    ticket = ShopTicket("ticket", 1, 1, 1, 1, 1)
    assert ticket.qr == "2000000001T^0^100000000"


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("url", {"url": "http://tickets.example/api"}),
        ("url", {"url": "https://tickets.example/api/"}),
        ("currency", {"currency": "USD"}),
        ("language", {"language": "it"}),
        ("timezone", {"timezone": "Mars/Olympus"}),
        ("timezone", {"timezone": "../../etc/passwd"}),
        ("since", {"since": "yesterday"}),
        ("valid", {"valid": ()}),
        ("valid", {"used": ("Valid",)}),
        ("authorization_file", {"authorization": ""}),
        ("password_file", {"user": "organiser"}),
    ],
)
def test_settings_that_can_not_work_are_named(
    system: InfomaniakSystem, key: str, change: dict[str, Any]
) -> None:
    with pytest.raises(FixConfig, match=f"`{key}`") as error:
        replace(system.settings, **change)
    assert "application-password" not in str(error.value)


FIELDS = (
    *("ticket_id", "id", "event_id", "date_id", "zone_id", "category_id", "name", "date", "start"),
    *("opening_doors", "end", "code", "barcode", "status", "seat", "categories", "events"),
    *("scanned_at", "error", "error_code", "credential", "data", "tickets"),
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), inner, max_size=8)
    ),
    max_leaves=20,
)


@pytest.mark.parametrize(
    "reader",
    [
        lambda said: read_event(said, ZoneInfo("Europe/Zurich")),
        read_zone,
        read_pass_kind,
        lambda said: read_sold(said, "ticket"),
        lambda said: rows(said, "tickets"),
        credential_in,
    ],
)
@given(said=ANYTHING)
def test_whatever_a_service_says_is_read_or_refused(
    reader: Callable[[object], object], said: object
) -> None:
    with suppress(WireError):
        reader(said)


@given(said=ANYTHING)
def test_whatever_a_refused_scan_says_is_understood_somehow(said: object) -> None:
    assert is_already(said) in (True, False)
    assert len(why(said)) < 90
