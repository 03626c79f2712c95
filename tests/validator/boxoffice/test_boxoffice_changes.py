"""The numbered feed: no gap, nothing older than what was told, restores noticed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from doubles.boxoffice.box import SEAT, STANDING, TONIGHT, open_box
from doubles.clock.hand_clock import HandClock
from validator.boxoffice import BoxOffice, Refund
from validator.errors import FixRequest


def numbers(office: BoxOffice, cursor: str = "") -> list[object]:
    return [row.get("number") for row in office.changes.since(cursor, 2000).changes]


def test_every_change_has_the_next_number(office: BoxOffice) -> None:
    (ticket,) = office.orders.sell("Ada", "", [SEAT]).tickets
    office.tickets.cancel([ticket.number], Refund.NONE, "unwell")
    office.tickets.reactivate(ticket.number)
    office.issuer.rotate()
    page = office.changes.since("", 2000)
    assert [row["sequence"] for row in page.changes] == list(range(1, len(page.changes) + 1))
    assert page.complete


def test_pages_of_any_size_tell_the_same(office: BoxOffice) -> None:
    office.orders.sell("Ada", "", [STANDING] * 5)
    whole = office.changes.since("", 2000)
    for size in (1, 2, 3, len(whole.changes)):
        rows: list[dict[str, object]] = []
        cursor, complete = "", False
        while not complete:
            page = office.changes.since(cursor, size)
            rows += page.changes
            cursor, complete = page.cursor, page.complete
        assert tuple(rows) == whole.changes
        assert cursor == whole.cursor


def test_a_change_that_was_taken_back_leaves_no_gap(office: BoxOffice) -> None:
    cursor = office.changes.since("", 2000).cursor
    office.orders.sell("Ada", "", [SEAT])
    with pytest.raises(FixRequest):
        office.orders.sell("Ada", "", [STANDING, SEAT])
    assert len(numbers(office, cursor)) == 1


def test_reading_anew_never_tells_what_is_over(office: BoxOffice) -> None:
    (ticket,) = office.orders.sell("Ada", "", [SEAT]).tickets
    office.tickets.cancel([ticket.number], Refund.NONE, "unwell")
    office.tickets.reactivate(ticket.number)
    office.tickets.cancel([ticket.number], Refund.NONE, "unwell again")
    rows = office.changes.since("", 2000).changes
    states = {str(row["state"]) for row in rows if row.get("number") == ticket.number}
    assert states == {"cancelled"}


def test_codes_of_our_own_stay_in_the_box_office(office: BoxOffice) -> None:
    (ticket,) = office.orders.sell("Ada Muster", "ada@example.org", [SEAT]).tickets
    told = repr(office.changes.since("", 2000))
    assert ticket.code.text not in told
    assert "Ada" not in told
    assert "ada@" not in told


def test_after_a_restore_the_gateways_cursor_is_foreign(tmp_path: Path) -> None:
    hand = HandClock()
    office = open_box(tmp_path / "live", hand)
    office.orders.sell("Ada", "", [STANDING])
    office.close()
    shutil.copytree(tmp_path / "live", tmp_path / "backup")
    office = BoxOffice.open(tmp_path / "live", hand.clock, lambda count: bytes(count))
    office.orders.sell("Bea", "", [STANDING] * 2)
    cursor = office.changes.since("", 2000).cursor
    office.close()
    restored = BoxOffice.open(tmp_path / "backup", hand.clock, lambda count: bytes(count))
    assert restored.changes.since(cursor, 2000).since == 0
    restored.orders.sell("Cleo", "", [STANDING] * 9)
    page = restored.changes.since(cursor, 2000)
    assert page.since == 0
    assert len([row for row in page.changes if row["kind"] == "ticket"]) == 10


def test_a_new_form_of_resellers_codes_is_told_once(office: BoxOffice) -> None:
    cursor = office.changes.since("", 2000).cursor
    office.orders.list_codes("Billetor", STANDING, [("BLT-1", "code128")])
    office.orders.list_codes("Billetor", STANDING, [("BLT-2", "code128")])
    told = [row for row in office.changes.since(cursor, 2000).changes if row["kind"] == "source"]
    assert [row["shapes"] for row in told] == [[{"symbology": "code128", "length": 5}]]


def test_a_new_performance_is_told_with_the_key_that_signs_for_it(office: BoxOffice) -> None:
    rows = office.changes.since("", 2000).changes
    assert [row["scopes"] for row in rows if row["kind"] == "key"][-1] == [TONIGHT, TONIGHT + 1]


@pytest.mark.parametrize("cursor", ["x", "1", "1-", "-1-a", "٣-a", "1-" + "f" * 50, "1.5-a"])
def test_a_cursor_of_another_form_is_refused(office: BoxOffice, cursor: str) -> None:
    with pytest.raises(FixRequest, match="since"):
        office.changes.since(cursor, 100)


@pytest.mark.parametrize("limit", [0, -1, 2001])
def test_a_page_has_bounds(office: BoxOffice, limit: int) -> None:
    with pytest.raises(FixRequest, match="limit"):
        office.changes.since("", limit)


def test_each_committed_change_is_announced_and_no_other(office: BoxOffice) -> None:
    told: list[str] = []
    office.on_change(lambda: told.append("news"))
    office.orders.sell("Ada", "", [SEAT])
    with pytest.raises(FixRequest):
        office.orders.sell("Bea", "", [SEAT])
    office.check_ins.record([])
    assert told == ["news"]


def test_a_cancellation_does_not_wait_behind_all_that_is_new(office: BoxOffice) -> None:
    (first,) = office.orders.sell("Ada", "", [SEAT]).tickets
    cursor = office.changes.since("", 2000).cursor
    crowd = office.orders.sell("Crowd", "", [STANDING] * 20).tickets
    office.tickets.cancel([first.number, crowd[7].number], Refund.NONE, "unwell")
    office.tickets.cancel([crowd[9].number], Refund.NONE, "unwell")
    office.tickets.reactivate(crowd[9].number)
    page = office.changes.since(cursor, 5)
    assert len(page.changes) == 5
    assert [(row["number"], row["state"]) for row in page.ahead] == [
        (crowd[9].number, "valid"),
        (crowd[7].number, "cancelled"),
        (first.number, "cancelled"),
    ]
    whole = office.changes.since(cursor, 2000)
    assert (whole.complete, whole.ahead) == (True, ())
    assert {row["number"] for row in whole.changes} >= {row["number"] for row in page.ahead}
