"""How a pretix is followed: page by page, pass by pass, through lost answers and late rows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from doubles.boxoffice.box import entropy
from doubles.upstreams.pretix_shop import Shop, pretix_shop
from doubles.upstreams.pretix_system import RING
from simulators.pretix_desk import ADULT, EVENT, product
from validator.clock import HOUR_MS, iso
from validator.errors import RetryLater, WireError
from validator.model import Tariff
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


async def test_an_unknown_status_changes_nothing(shop: Shop) -> None:
    shop.desk.sell(status="x")
    with pytest.raises(WireError, match="unknown status"):
        await shop.news()


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
