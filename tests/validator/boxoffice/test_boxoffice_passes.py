"""Passes: what they open, their limits, and single ones disabled and enabled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubles.box import FULL, STANDING, TOMORROW, TONIGHT
from doubles.hand_clock import HandClock
from validator.boxoffice import BoxOffice, Item, Refund, SoldTicket
from validator.boxoffice.passes import NEW
from validator.clock import HOUR_MS, Instant
from validator.errors import FixRequest
from validator.keys import KeyRing
from validator.model import Pass, Performance, Revocation, RevocationKind
from validator.upstreams.boxoffice_rows import TicketRow, read_entry, read_ticket
from validator.wire.fields import Fields

RING = KeyRing({}, bytes(32))
SEASON = Pass(NEW, "Season", (TOMORROW, TONIGHT), limit=5, per_day=2, per_performance=1, choice=1)


def sell(office: BoxOffice) -> SoldTicket:
    season = office.passes.put(SEASON)
    (ticket,) = office.orders.sell("Ada", "", [Item(season.scope, FULL)]).tickets
    return ticket


def at_control(office: BoxOffice, number: str) -> TicketRow:
    rows = office.changes.since("", 2000).changes
    (last,) = [row for row in rows if row.get("number") == number][-1:]
    return read_ticket(Fields(last, FixRequest), RING)


def kinds(revocations: tuple[Revocation, ...]) -> list[RevocationKind]:
    return [revocation.kind for revocation in revocations]


def test_control_hears_what_a_pass_opens_and_its_limits(office: BoxOffice) -> None:
    season = office.passes.put(SEASON)
    rows = office.changes.since("", 2000).changes
    (told,) = [row for row in rows if row["kind"] == "pass"]
    assert read_entry("pass", Fields(told, FixRequest)) == season
    assert season == replace(SEASON, scope=TOMORROW + 1, performances=(TONIGHT, TOMORROW))
    assert [row["scopes"] for row in rows if row["kind"] == "key"][-1] == [
        TONIGHT,
        TOMORROW,
        season.scope,
    ]


def test_a_pass_is_no_performance_and_its_number_is_never_one(office: BoxOffice) -> None:
    season = office.passes.put(SEASON)
    assert office.passes.all() == (season,)
    (event,) = office.catalogue.events()
    assert {show.scope for show in event.performances} == {TONIGHT, TOMORROW}
    assert office.catalogue.next_scope() == season.scope + 1
    night = replace(event.performances[0], scope=season.scope)
    with pytest.raises(FixRequest, match="is a pass"):
        office.catalogue.put_performance(night)


def test_a_sold_pass_is_a_ticket_of_its_own_scope(office: BoxOffice) -> None:
    ticket = sell(office)
    assert ticket.id == f"{TOMORROW + 1}.1"
    (listing,) = at_control(office, ticket.number).listings
    assert listing.ticket.scope == ticket.scope


def test_a_pass_is_changed_under_its_number(office: BoxOffice) -> None:
    season = office.passes.put(SEASON)
    changed = replace(season, name="Season 2", performances=(TONIGHT,), choice=None, limit=None)
    assert office.passes.put(changed) == changed
    assert office.passes.all() == (changed,)


@pytest.mark.parametrize(
    "wrong",
    [
        {"performances": ()},
        {"performances": (99,)},
        {"choice": 3},
        {"limit": 0},
        {"per_day": -1},
        {"scope": TONIGHT},
        {"scope": 77},
    ],
)
def test_a_pass_that_can_not_be_is_refused(office: BoxOffice, wrong: dict[str, object]) -> None:
    with pytest.raises(FixRequest):
        office.passes.put(replace(SEASON, **wrong))  # type: ignore[arg-type]  # any field
    assert office.passes.all() == ()


def test_a_pass_opens_no_other_pass(office: BoxOffice) -> None:
    season = office.passes.put(SEASON)
    with pytest.raises(FixRequest, match="not other passes"):
        office.passes.put(Pass(NEW, "All", (season.scope,)))


def test_a_disabled_pass_is_suspended_until_it_is_enabled(office: BoxOffice) -> None:
    sold = sell(office)
    for _ in range(2):
        assert office.passes.disable(sold.number.lower(), "card not paid").disabled
        told = at_control(office, sold.number)
        assert (kinds(told.revocations), told.lifted) == ([RevocationKind.SUSPENDED], ())
        with pytest.raises(FixRequest, match="disabled already"):
            office.passes.disable(sold.number, "again")
        assert not office.passes.enable(sold.number).disabled
        told = at_control(office, sold.number)
        assert (told.revocations, told.lifted) == ((), (sold.id,))
    with pytest.raises(FixRequest, match="not disabled"):
        office.passes.enable(sold.number)
    history = [line.what for line in office.tickets.history(sold.number)]
    assert history == ["sold", "disabled", "enabled", "disabled", "enabled"]


def test_a_disabled_pass_is_not_exchanged_for_one_that_is_enabled(office: BoxOffice) -> None:
    sold = sell(office)
    office.passes.disable(sold.number, "card not paid")
    with pytest.raises(FixRequest, match="is disabled"):
        office.tickets.exchange(sold.number)


def test_a_disabled_pass_is_cancelled_and_taken_back_it_is_enabled(office: BoxOffice) -> None:
    sold = sell(office)
    office.passes.disable(sold.number, "card not paid")
    office.tickets.cancel([sold.number], Refund.NONE, "given back")
    assert kinds(at_control(office, sold.number).revocations) == [RevocationKind.CANCELLED]
    with pytest.raises(FixRequest, match="is cancelled"):
        office.passes.enable(sold.number)
    office.tickets.reactivate(sold.number)
    assert at_control(office, sold.number).lifted == (sold.id,)


def test_a_ticket_that_is_no_pass_is_not_disabled(office: BoxOffice) -> None:
    (ticket,) = office.orders.sell("Ada", "", [STANDING]).tickets
    with pytest.raises(FixRequest, match="is no pass"):
        office.passes.disable(ticket.number, "why")


def test_a_customer_is_not_forgotten_before_the_last_performance_of_a_pass(
    office: BoxOffice,
) -> None:
    sell(office)
    now = HandClock().wall_ms
    later = Instant(now + 99 * HOUR_MS)
    (event,) = office.catalogue.events()
    last: Performance = event.performances[-1]
    office.catalogue.put_performance(replace(last, end=Instant(later + 1)))
    assert office.orders.forget(later) == 0
    assert office.orders.forget(Instant(later + 2)) == 1
