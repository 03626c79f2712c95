"""The box office's adapter against answers that no box office should give."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from doubles.boxoffice.box import STANDING, TONIGHT, check_in, open_box
from doubles.clock.hand_clock import HandClock
from validator.errors import NotAllowed, RetryLater, WireError
from validator.keys import KeyRing
from validator.model import IssuerKey, Listing, Opaque, Source, Status, Ticket
from validator.ports import Changes
from validator.token import read
from validator.upstreams.boxoffice import BoxOfficeUpstream
from validator.upstreams.client import MAX_ANSWER

RING = KeyRing({}, b"k" * 32)

TICKET: dict[str, Any] = {
    "sequence": 1,
    "kind": "ticket",
    "number": "1001-1-AAAA",
    "id": "boxoffice:1001-1-AAAA",
    "scope": TONIGHT,
    "tariff": 1,
    "zones": 2,
    "admits": 1,
    "attention": True,
    "seat": None,
    "status": "unpaid",
    "distributor": "Billetor",
    "state": "valid",
    "replacement": None,
    "reactivated": False,
    "disabled": False,
    "codes": [{"text": "4006381333931", "symbology": "ean13", "replaced": False}],
}


def page(*changes: object, **fields: object) -> dict[str, object]:
    return {
        "since": 0,
        "cursor": f"{len(changes)}-aa",
        "complete": True,
        "as_of": "2026-11-18T12:00:00Z",
        "changes": list(changes),
    } | fields


class Odd:
    """A server that answers what the test wants, and an adapter that asks it."""

    def __init__(self) -> None:
        self.answer: Callable[[], web.Response] = lambda: web.json_response(page())
        self.ask: Callable[[Any], web.Response] = lambda _: self.answer()
        self.upstream = BoxOfficeUpstream("", "", RING)

    async def handle(self, request: web.Request) -> web.Response:
        return self.ask(request.query)

    def says(self, body: object) -> None:
        self.ask = lambda _: self.answer()
        self.answer = lambda: web.Response(body=json.dumps(body), content_type="application/json")


@pytest.fixture
async def odd() -> AsyncIterator[Odd]:
    odd = Odd()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", odd.handle)
    async with TestServer(app) as server:
        odd.upstream = BoxOfficeUpstream(str(server.make_url("/")), "key", RING)
        yield odd
        await odd.upstream.close()


async def test_a_resellers_code_is_hashed_as_a_lane_reads_it(odd: Odd) -> None:
    odd.says(page(TICKET))
    changes = await odd.upstream.changes("")
    seen = read("4006381333931\r\n", RING, "ean13")
    assert isinstance(seen, Opaque)
    (listing,) = changes.listings
    assert listing == Listing(
        seen.code,
        Ticket(
            "boxoffice:1001-1-AAAA",  # type: ignore[arg-type]  # a plain text will do here
            TONIGHT,
            1,
            "boxoffice",
            zones=2,
            attention=True,
            number="1001-1-AAAA",
            status=Status.UNPAID,
            distributor="Billetor",
        ),
    )
    assert "4006381333931" not in repr(changes)


async def test_a_missing_change_is_noticed(odd: Odd) -> None:
    odd.says(page(TICKET, TICKET | {"sequence": 3}))
    with pytest.raises(WireError, match="left out change 2"):
        await odd.upstream.changes("")


async def test_an_answer_for_another_cursor_is_noticed(odd: Odd) -> None:
    odd.says(page(since=7))
    with pytest.raises(WireError, match="another cursor"):
        await odd.upstream.changes("5-aa")


async def test_more_that_never_comes_is_noticed(odd: Odd) -> None:
    odd.says(page(complete=False))
    with pytest.raises(WireError, match="gives nothing"):
        await odd.upstream.changes("")


async def test_what_is_unknown_here_changes_nothing_and_keeps_nothing_out(
    odd: Odd, caplog: pytest.LogCaptureFixture
) -> None:
    odd.says(
        page(
            {"sequence": 1, "kind": "weather"},
            TICKET | {"sequence": 2, "state": "melted", "number": "1001-2-BBBB"},
            TICKET | {"sequence": 3, "codes": [{"text": "E1:X.", "symbology": "qrcode"}]},
            TICKET | {"sequence": 4, "state": "cancelled", "number": "1001-3-CCCC"},
        )
    )
    changes = await odd.upstream.changes("")
    assert [revoked.target for revoked in changes.revocations] == ["boxoffice:1001-1-AAAA"]
    assert [listing.ticket.number for listing in changes.listings] == ["1001-3-CCCC"]
    assert [row.id for row in changes.aside] == ["change 2"]
    assert "state that is unknown" in changes.aside[0].why
    assert changes.as_of is None
    assert len(caplog.records) == 2
    assert "E1:X" not in caplog.text


@pytest.mark.parametrize("row", [7, None, [], "x", {}, {"sequence": "1"}, {"sequence": True}])
async def test_a_row_that_is_none_takes_its_place_and_no_other(odd: Odd, row: object) -> None:
    odd.says(page(row, TICKET | {"sequence": 2}))
    changes = await odd.upstream.changes("")
    assert len(changes.listings) == 1
    assert [aside.id for aside in changes.aside] == ["change 1"]


class Feed:
    """A feed of which some rows come broken, asked as the gateway asks it."""

    def __init__(self, odd: Odd, tickets: int) -> None:
        self.rows: list[object] = [
            TICKET | {"sequence": place, "number": f"1-{place}", "id": f"7.{place}"}
            for place in range(1, tickets + 1)
        ]
        self.asked: list[tuple[int, int]] = []
        self.cursor = ""
        self._odd = odd
        odd.ask = self._page

    def _page(self, query: Any) -> web.Response:
        since, limit = int((query["since"] or "0").partition("-")[0]), int(query["limit"])
        self.asked.append((since, limit))
        rows = self.rows[since : since + limit]
        end = since + len(rows)
        more = {"since": since, "cursor": f"{end}-aa", "complete": end == len(self.rows)}
        return web.json_response(page(*rows, **more))

    async def news(self) -> Changes:
        changes = await self._odd.upstream.changes(self.cursor)
        self.cursor = changes.cursor
        return changes


async def test_a_broken_row_is_looked_at_again_alone_until_it_is_mended(odd: Odd) -> None:
    feed = Feed(odd, 3)
    whole, feed.rows[1] = feed.rows[1], TICKET | {"sequence": 2, "id": "7.2", "scope": 0}
    assert [row.id for row in (await feed.news()).aside] == ["ticket 7.2"]
    feed.asked.clear()
    again = await feed.news()
    assert (again.aside[0].id, again.as_of) == ("ticket 7.2", None)
    assert feed.asked == [(0, 2), (3, 1000)]
    feed.rows[1] = whole
    mended = await feed.news()
    assert [row.ticket.id for row in mended.listings] == ["7.2"]
    assert not mended.aside and mended.as_of is not None
    assert feed.cursor == "3-aa"


async def test_a_broken_row_that_is_told_again_whole_is_mended_by_that(odd: Odd) -> None:
    feed = Feed(odd, 2)
    feed.rows[0] = TICKET | {"sequence": 1, "id": "7.1", "admits": 0}
    await feed.news()
    feed.rows.append(TICKET | {"sequence": 3, "number": "1-1", "id": "7.1"})
    mended = await feed.news()
    assert not mended.aside and mended.as_of is not None


async def test_many_broken_rows_are_looked_at_one_in_a_pass(odd: Odd) -> None:
    feed = Feed(odd, 6)
    whole = list(feed.rows)
    feed.rows[1:5] = [None] * 4
    assert len((await feed.news()).aside) == 4
    feed.rows[:] = whole
    left = [len((await feed.news()).aside) for _ in range(4)]
    assert left == [3, 2, 1, 0]
    assert feed.cursor == "6-aa"


async def test_a_box_office_of_another_life_has_no_rows_set_aside(odd: Odd) -> None:
    feed = Feed(odd, 2)
    feed.rows[0] = None
    await feed.news()
    odd.says(page(TICKET))
    changes = await feed.news()
    assert not changes.aside and changes.as_of is not None


async def test_if_nearly_nothing_can_be_read_nothing_is_changed(odd: Odd) -> None:
    feed = Feed(odd, 0)
    feed.rows = [None] * 1001
    await feed.news()
    with pytest.raises(WireError, match="More than 1000 rows"):
        await feed.news()


@pytest.mark.parametrize(
    "changed",
    [
        {"scope": 0},
        {"scope": "7"},
        {"number": ""},
        {"id": None},
        {"status": "maybe"},
        {"attention": 1},
        {"admits": 0},
        {"codes": None},
        {"codes": [7]},
        {"codes": [{"serial": 0, "replaced": False}]},
        {"codes": [{"serial": 1, "replaced": "no"}]},
        {"reactivated": None},
        {"kind": None},
    ],
)
async def test_a_malformed_row_changes_nothing_and_keeps_nothing_out(
    odd: Odd, changed: dict[str, object]
) -> None:
    behind = TICKET | {"sequence": 2, "number": "1001-2-BBBB", "id": "7.2", "state": "cancelled"}
    odd.says(page(TICKET | changed, behind))
    changes = await odd.upstream.changes("")
    assert [revoked.target for revoked in changes.revocations] == ["7.2"]
    assert [listing.ticket.number for listing in changes.listings] == ["1001-2-BBBB"]
    assert [row.id for row in changes.aside] == ["change 1"]
    assert changes.as_of is None


@pytest.mark.parametrize(
    "changed",
    [{"public": "zz" * 32}, {"public": "00"}, {"scopes": [0]}, {"scopes": ["1"]}, {"state": "x"}],
)
async def test_a_malformed_key_changes_nothing(odd: Odd, changed: dict[str, object]) -> None:
    key = {
        "sequence": 1,
        "kind": "key",
        "kid": 1,
        "public": "00" * 32,
        "state": "active",
        "scopes": [1],
    }
    odd.says(page(key | changed, TICKET | {"sequence": 2}))
    changes = await odd.upstream.changes("")
    assert not changes.entries and len(changes.listings) == 1
    assert [row.id for row in changes.aside] == ["key 1"]
    assert changes.as_of is None


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b"\xff\xfe", b"[" * 100_000])
async def test_an_answer_that_is_no_object_is_noticed(odd: Odd, body: bytes) -> None:
    odd.answer = lambda: web.Response(body=body)
    with pytest.raises(WireError):
        await odd.upstream.changes("")
    with pytest.raises(RetryLater):
        await odd.upstream.report([check_in(1, None)])


@pytest.mark.parametrize(
    ("status", "retry_after", "error", "after_s"),
    [
        (401, None, NotAllowed, None),
        (403, None, NotAllowed, None),
        (404, None, WireError, None),
        (302, None, WireError, None),
        (429, "17", RetryLater, 17.0),
        (503, "0", RetryLater, 0.0),
        (503, "Wed, 18 Nov 2026 12:00:00 GMT", RetryLater, None),
        (503, "-5", RetryLater, None),
        (429, "99999999", RetryLater, 3600.0),
        (500, None, RetryLater, None),
    ],
)
async def test_each_status_says_what_to_do(
    odd: Odd,
    status: int,
    retry_after: str | None,
    error: type[Exception],
    after_s: float | None,
) -> None:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    odd.answer = lambda: web.Response(status=status, headers=headers)
    with pytest.raises(error) as raised:
        await odd.upstream.changes("")
    if isinstance(raised.value, RetryLater):
        assert raised.value.after_s == after_s


async def test_outcomes_of_other_check_ins_settle_nothing(odd: Odd) -> None:
    odd.says({"outcomes": [{"id": "other", "accepted": True}]})
    with pytest.raises(RetryLater, match="other check-ins"):
        await odd.upstream.report([check_in(1, None)])


async def test_nothing_reported_asks_nobody(odd: Odd) -> None:
    odd.says({})
    assert await odd.upstream.report([]) == []


async def test_the_real_box_office_is_understood_whole(tmp_path: Path, odd: Odd) -> None:
    office = open_box(tmp_path, HandClock())
    office.orders.sell("Ada", "", [STANDING] * 3)
    office.orders.list_codes("Billetor", STANDING, [("BLT-1", "code128")])
    odd.says(office.changes.since("", 2000).to_json())
    changes = await odd.upstream.changes("")
    assert len(changes.listings) == 4
    (source,) = [entry for entry in changes.entries if isinstance(entry, Source)]
    assert [(shape.symbology, shape.length) for shape in source.shapes] == [("code128", 5)]
    (key,) = [entry for entry in changes.entries if isinstance(entry, IssuerKey)]
    assert key.scopes == (TONIGHT, TONIGHT + 1)


async def test_an_endless_answer_is_given_up(odd: Odd) -> None:
    odd.answer = lambda: web.Response(body=bytes(MAX_ANSWER + 1), content_type="application/json")
    with pytest.raises(WireError, match="answered more than"):
        await odd.upstream.changes("")


async def test_what_is_told_ahead_of_its_turn_counts_at_once_and_moves_no_cursor(odd: Odd) -> None:
    gone = TICKET | {"sequence": 900, "number": "1002-1-BBBB", "state": "cancelled"}
    gone |= {"id": "boxoffice:1002-1-BBBB", "codes": []}
    broken = {"sequence": 901, "kind": "ticket", "number": "1003-1-CCCC"}
    odd.says(page(TICKET, complete=False, ahead=[gone, broken, {"sequence": 902, "kind": "x"}]))
    changes = await odd.upstream.changes("")
    assert [revoked.target for revoked in changes.revocations] == ["boxoffice:1002-1-BBBB"]
    assert (changes.cursor, changes.more, changes.as_of) == ("1-aa", True, None)
