"""How a pretix is followed: page by page, pass by pass, through lost answers and late rows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from doubles.boxoffice.box import entropy
from doubles.upstreams.pretix_shop import Shop, pretix_shop
from doubles.upstreams.pretix_system import RING
from simulators.pretix_desk import ADULT, EVENT, check_in_list, product
from validator.clock import HOUR_MS, iso
from validator.errors import RetryLater
from validator.model import Gate, Tariff
from validator.upstreams.pretix import PretixUpstream, Settings


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with pretix_shop(tmp_path) as opened:
        yield opened


async def test_many_orders_of_one_instant_are_all_read(shop: Shop) -> None:
    for _ in range(130):
        shop.desk.sell()
    for order in shop.desk.orders:
        order["last_modified"] = iso(shop.hand.clock.now())
    page = await shop.news()
    assert len(page.listings) == 130


async def test_an_order_that_changes_while_it_is_read_is_not_missed(shop: Shop) -> None:
    sold = [shop.desk.sell()[0] for _ in range(1_100)]
    first = await shop.upstream.changes("")
    assert first.more
    shop.desk.set(sold[10]["id"], status="c")
    rest = [await shop.upstream.changes(first.cursor)]
    while rest[-1].more:
        rest.append(await shop.upstream.changes(rest[-1].cursor))
    told = {row.ticket.id for part in (first, *rest) for row in part.listings}
    assert told == {f"pretix:{row['id']}" for row in sold}
    assert [row.target for part in rest for row in part.revocations] == [f"pretix:{sold[10]['id']}"]


async def test_peer_fault_2_an_order_that_is_written_late_is_not_missed(shop: Shop) -> None:
    (late,) = shop.desk.sell()
    shop.desk.wait(20_000)
    shop.desk.sell()
    order = shop.desk.orders.pop(0)
    assert len((await shop.news()).listings) == 1
    shop.desk.orders.append(order)
    assert [row.ticket.id for row in (await shop.news()).listings] == [f"pretix:{late['id']}"]


async def test_now_and_then_a_pass_reaches_far_back(shop: Shop) -> None:
    shop.desk.sell()
    shop.desk.wait(600_000)
    shop.desk.sell()
    order = shop.desk.orders.pop(0)
    for _ in range(2):
        await shop.news()
        shop.hand.go(1_000)
    shop.desk.orders.append(order)
    assert not (await shop.news()).listings
    shop.hand.go(600_000)
    await shop.news()
    assert len((await shop.news()).listings) == 1


async def test_the_order_in_which_rows_of_one_instant_come_says_nothing(shop: Shop) -> None:
    first, *_ = shop.desk.sell(ADULT, ADULT, ADULT)
    for _ in range(2):
        shop.desk.check_in(first["id"])
        first["checkins"][-1]["datetime"] = iso(shop.hand.clock.now())
    await shop.news()
    order = shop.desk.order_of(first["id"])
    order["positions"].reverse()
    first["checkins"].reverse()
    shop.desk.touch(order)
    assert not (await shop.news()).listings


async def test_a_product_that_is_new_there_is_known_with_its_first_ticket(shop: Shop) -> None:
    await shop.news()
    shop.desk.items.append(product(77, "Late bird"))
    shop.desk.sell(77)
    page = await shop.news()
    (listing,) = page.listings
    (tariff,) = (entry for entry in page.entries if isinstance(entry, Tariff))
    assert (tariff.product, tariff.id) == (77, listing.ticket.tariff)


async def test_our_numbers_stay_when_the_gateway_starts_again(shop: Shop) -> None:
    (row,) = shop.desk.sell()
    (before,) = (await shop.news()).listings
    await shop.reopen()
    shop.desk.set(row["id"], checkin_text="Bring the ramp")
    (after,) = (await shop.news()).listings
    assert after.ticket.scope == before.ticket.scope
    assert (after.ticket.tariff, after.ticket.note) == (before.ticket.tariff, "Bring the ramp")


async def test_who_lost_the_memory_is_told_what_stands(shop: Shop) -> None:
    stands, gone = shop.desk.sell()[0], shop.desk.sell()[0]
    await shop.news()
    shop.desk.cancel(gone["id"])
    shop.cursor = "ffffffff-3"
    page = await shop.news()
    assert page.lifted == (f"pretix:{stands['id']}",)
    assert f"pretix:{gone['id']}" in [row.target for row in page.revocations]


async def test_an_answer_that_was_lost_is_told_again(shop: Shop) -> None:
    (row,) = shop.desk.sell()
    await shop.news()
    shop.desk.cancel(row["id"])
    lost = await shop.upstream.changes(shop.cursor)
    shop.desk.reactivate(row["id"])
    again = await shop.upstream.changes(shop.cursor)
    assert f"pretix:{row['id']}" in [each.target for each in lost.revocations]
    # Nobody has heard that it was cancelled.
    assert f"pretix:{row['id']}" not in again.lifted


async def test_an_unknown_status_changes_nothing_and_keeps_nothing_out(shop: Shop) -> None:
    (odd,) = shop.desk.sell(status="x")
    (good,) = shop.desk.sell()
    page = await shop.news()
    assert [row.ticket.id for row in page.listings] == [f"pretix:{good['id']}"]
    assert [row.id for row in page.aside] == [f"position {odd['id']}"]
    assert "unknown status" in page.aside[0].why and page.as_of is None


async def test_a_malformed_position_keeps_its_own_order_in(shop: Shop) -> None:
    odd, good = shop.desk.sell(ADULT, ADULT)
    odd["item"] = "ten"
    page = await shop.news()
    assert [row.ticket.id for row in page.listings] == [f"pretix:{good['id']}"]
    assert [row.id for row in page.aside] == [f"position {odd['id']}"]
    odd["item"] = ADULT
    shop.desk.touch(shop.desk.order_of(odd["id"]))
    page = await shop.news()
    assert not page.aside and page.as_of is not None
    assert f"pretix:{odd['id']}" in [row.ticket.id for row in page.listings]


@pytest.mark.parametrize("broken", [{"event": 7}, {"positions": None}, {"positions": [7]}])
async def test_what_is_wrong_with_an_order_keeps_no_other_out(
    shop: Shop, broken: dict[str, object]
) -> None:
    shop.desk.sell()
    order = shop.desk.orders[0]
    whole = dict(order)
    good = shop.desk.sell()[0]
    order |= broken
    page = await shop.news()
    assert f"pretix:{good['id']}" in [row.ticket.id for row in page.listings]
    assert len(page.aside) == 1 and page.as_of is None
    order.update(whole)
    shop.desk.touch(order)
    for _ in range(2):
        shop.hand.go(600_000)
        page = await shop.news()
    assert not page.aside and page.as_of is not None


async def test_a_row_that_is_mended_without_a_word_or_gone_is_found_by_a_far_pass(
    shop: Shop,
) -> None:
    mended, gone, _ = (shop.desk.sell()[0] for _ in range(3))
    mended["item"] = gone["item"] = None
    assert len((await shop.news()).aside) == 2
    shop.desk.wait(3_600_000)
    shop.desk.sell()
    for _ in range(2):
        shop.hand.go(1_000)
        assert len((await shop.news()).aside) == 2
    mended["item"] = ADULT
    shop.desk.orders.remove(shop.desk.order_of(gone["id"]))
    for _ in range(2):
        shop.hand.go(1_000)
        assert len((await shop.news()).aside) == 2
    shop.hand.go(600_000)
    assert len((await shop.news()).aside) == 2
    page = await shop.news()
    assert not page.aside and page.as_of is not None
    assert [row.ticket.id for row in page.listings] == [f"pretix:{mended['id']}"]


async def test_what_is_set_aside_is_known_after_a_restart(shop: Shop) -> None:
    shop.desk.sell()[0]["item"] = None
    await shop.news()
    shop.desk.wait(3_600_000)
    shop.desk.sell()
    await shop.news()
    await shop.reopen()
    page = await shop.news()
    assert len(page.aside) == 1 and page.as_of is None


@pytest.mark.parametrize("feed", ["revoked", "blocked"])
async def test_a_malformed_code_keeps_the_next_one_in(shop: Shop, feed: str) -> None:
    rows = getattr(shop.desk, feed)
    first, second = shop.desk.sell()[0], shop.desk.sell()[0]
    for number, row in enumerate((first, second), 1):
        at = {"created": shop.desk.now(), "updated": shop.desk.now()}
        rows.append({"id": number, "secret": row["secret"], "blocked": True, **at})
    rows[0]["secret"] = None
    page = await shop.news()
    assert [row.target for row in page.revocations] == [shop.code(second["secret"])]
    assert len(page.aside) == 1 and page.as_of is None
    rows[0]["secret"] = first["secret"]
    page = await shop.news()
    assert [row.target for row in page.revocations] == [shop.code(first["secret"])]
    assert not page.aside and page.as_of is not None


async def test_malformed_rows_of_an_event_keep_the_rest_of_it_in(shop: Shop) -> None:
    sold = shop.desk.sell()[0]
    shop.desk.items.append({"id": 77})
    shop.desk.lists += [check_in_list(9, "Broken", all_products="?"), 7]  # type: ignore[list-item]
    shop.desk.questions.append({"id": 5, "ask_during_checkin": 1})
    page = await shop.news()
    assert [row.ticket.id for row in page.listings] == [f"pretix:{sold['id']}"]
    assert [row.id for row in page.aside] == [
        "event fest, check-in list 9",
        "event fest, check-in list at place 4",
        "event fest, product 77",
        "event fest, question 5",
    ]
    assert page.as_of is None
    del shop.desk.items[1:], shop.desk.lists[2:], shop.desk.questions[:]
    shop.hand.go(60_000)
    page = await shop.news()
    assert not page.aside and page.as_of is not None


async def test_a_rule_that_no_lane_could_be_sent_keeps_its_list_out_alone(shop: Shop) -> None:
    rule = {"and": [{"==": [{"var": "x" * 100}, place]} for place in range(1_000)]}
    shop.desk.lists.append(check_in_list(9, "Endless", rules=rule))
    page = await shop.news()
    assert [row.id for row in page.aside] == ["event fest, check-in list 9"]
    assert any(isinstance(entry, Gate) for entry in page.entries)


async def test_an_event_that_can_not_be_read_any_more_is_followed_as_it_was(shop: Shop) -> None:
    (row,) = shop.desk.sell()
    await shop.news()
    shop.desk.detail["date_from"] = "soon"
    shop.desk.detail["has_subevents"] = True
    shop.hand.go(60_000)
    shop.desk.cancel(row["id"])
    page = await shop.news()
    assert f"pretix:{row['id']}" in [each.target for each in page.revocations]
    assert [each.id for each in page.aside] == ["event fest"] and page.as_of is None


async def test_pretix_may_ask_to_wait(shop: Shop) -> None:
    shop.fake.trouble = lambda: web.Response(status=429, headers={"Retry-After": "7"})
    with pytest.raises(RetryLater) as wait:
        await shop.news()
    assert wait.value.after_s == 7


async def test_an_event_that_ended_long_ago_is_not_followed_and_a_series_is(shop: Shop) -> None:
    shop.desk.sell()
    shop.hand.go(8 * 24 * HOUR_MS)
    assert not (await shop.news()).listings
    shop.desk.detail["has_subevents"] = True
    shop.hand.go(60_000)
    assert len((await shop.news()).listings) == 1


async def test_only_named_events_are_followed(shop: Shop, tmp_path: Path) -> None:
    shop.desk.sell()
    memory = tmp_path / "named.sqlite"
    settings = Settings(str(shop.server.make_url("/")), shop.fake.setup, events=("other",))
    named = PretixUpstream("p", settings, memory, RING, shop.hand.clock, entropy())
    page = await named.changes("")
    await named.close()
    assert not page.listings
    assert not any(EVENT in path for path in shop.fake.requests)
