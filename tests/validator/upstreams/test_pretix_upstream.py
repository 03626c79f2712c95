"""What a pretix tells a gateway: tickets, what refuses their codes, entries elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from doubles.upstreams.pretix_shop import Shop, pretix_shop
from doubles.upstreams.pretix_system import pretix_at
from simulators.pretix import OUR_DEVICE
from simulators.pretix_desk import ADULT, DOOR, VIP, WORKSHOP, check_in_list, product
from validator.errors import NotAllowed
from validator.model import (
    Direction,
    Gate,
    Pass,
    Performance,
    Reentry,
    RevocationKind,
    Status,
    Tariff,
    TicketId,
)
from validator.upstreams.pretix import Settings


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with pretix_shop(tmp_path) as opened:
        yield opened


async def test_a_device_is_connected_once_and_its_key_is_its_owners_only(shop: Shop) -> None:
    await shop.news()
    assert (shop.folder / "pretix.sqlite").stat().st_mode & 0o777 == 0o600
    await shop.reopen()
    await shop.news()
    assert shop.fake.requests.count("/api/v1/device/initialize") == 1


async def test_a_code_that_was_used_up_is_not_taken_and_not_shown(
    shop: Shop, tmp_path: Path
) -> None:
    await shop.news()
    other = tmp_path / "second"
    second = pretix_at(shop.server, other, shop.hand)
    with pytest.raises(NotAllowed, match="works once") as refused:
        await second.changes("")
    assert "setupcode" not in str(refused.value) + repr(Settings("u", "setupcode"))
    await second.close()


async def test_a_new_code_makes_a_new_device_that_knows_the_old_ones_entries(shop: Shop) -> None:
    (row,) = shop.desk.sell()
    await shop.news()
    shop.desk.check_in(row["id"], device=OUR_DEVICE)
    shop.fake.setup, shop.fake.device = "another-code", OUR_DEVICE + 1
    await shop.reopen("another-code")
    shop.desk.check_in(row["id"], device=OUR_DEVICE + 1)
    assert not (await shop.news()).uses
    assert shop.fake.requests.count("/api/v1/device/initialize") == 2


async def test_lists_are_doors_of_a_show_and_gates_of_their_own(shop: Shop) -> None:
    lookup = {"lookup": ["product", "10", "Adult"]}
    rule = {"inList": [{"var": "product"}, {"objectList": [lookup]}]}
    shop.desk.lists = [
        check_in_list(DOOR, "Door", all_products=False, limit_products=[ADULT]),
        check_in_list(VIP, "VIP", allow_multiple_entries=True, rules=rule, include_pending=True),
    ]
    (row,) = shop.desk.sell()
    page = await shop.news()
    door, vip = (entry for entry in page.entries if isinstance(entry, Performance))
    (show,) = (entry for entry in page.entries if isinstance(entry, Pass))
    (adult,) = (entry for entry in page.entries if isinstance(entry, Tariff))
    gates = [entry for entry in page.entries if isinstance(entry, Gate)]
    assert show.performances == (door.scope, vip.scope)
    assert [(g.id, g.performances) for g in gates] == [
        ("pretix-1", (door.scope,)),
        ("pretix-2", (vip.scope,)),
    ]
    assert door.check_list is not None and vip.check_list is not None
    assert (door.check_list.tariffs, door.check_list.reentry) == ((adult.id,), Reentry.NEVER)
    assert (vip.check_list.tariffs, vip.check_list.reentry) == (None, Reentry.ALWAYS)
    assert vip.check_list.rule == '{"inList":[{"var":"product"},{"objectList":["10"]}]}'
    assert vip.check_list.pending
    (listing,) = page.listings
    assert (listing.key, listing.ticket.scope) == (shop.code(row["secret"]), show.scope)
    assert (listing.ticket.number, listing.ticket.tariff) == ("C00000-1", adult.id)


async def test_a_list_of_a_whole_series_is_a_door_of_each_date(shop: Shop) -> None:
    shop.desk.detail["has_subevents"] = True
    shop.desk.subevents = [{**shop.desk.detail, "id": id} for id in (31, 32)]
    shop.desk.lists = [check_in_list(1, "All"), check_in_list(2, "One", subevent=32)]
    page = await shop.news()
    passes = [entry for entry in page.entries if isinstance(entry, Pass)]
    gates = [entry for entry in page.entries if isinstance(entry, Gate)]
    assert [len(show.performances) for show in passes] == [1, 2]
    assert [len(gate.performances) for gate in gates] == [2, 1]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"status": "p"}, Status.OK),
        ({"status": "n"}, Status.UNPAID),
        ({"status": "n", "valid_if_pending": True}, Status.OK),
        ({"status": "n", "require_approval": True}, Status.UNAPPROVED),
    ],
)
async def test_how_far_a_sale_has_come(
    shop: Shop, changes: dict[str, object], status: Status
) -> None:
    shop.desk.sell(**changes)  # type: ignore[arg-type]
    (listing,) = (await shop.news()).listings
    assert listing.ticket.status is status


async def test_a_question_that_was_not_answered_has_to_be(shop: Shop) -> None:
    shop.desk.questions = [{"id": 5, "items": [ADULT], "ask_during_checkin": True}]
    (row,) = shop.desk.sell()
    (listing,) = (await shop.news()).listings
    assert listing.ticket.status is Status.INCOMPLETE
    row["answers"] = [{"question": 5, "answer": "yes"}]
    shop.desk.touch(shop.desk.order_of(row["id"]))
    (listing,) = (await shop.news()).listings
    assert listing.ticket.status is Status.OK


async def test_a_cancelled_order_is_cancelled_and_its_code_revoked(shop: Shop) -> None:
    (row,) = shop.desk.sell()
    old = shop.code(row["secret"])
    await shop.news()
    shop.desk.cancel(row["id"])
    page = await shop.news()
    assert {(each.target, each.kind) for each in page.revocations} == {
        (TicketId(f"pretix:{row['id']}"), RevocationKind.CANCELLED),
        (old, RevocationKind.EXCHANGED),
    }


@pytest.mark.parametrize("status", ["c", "e"])
async def test_an_order_that_ran_out_is_cancelled_too(shop: Shop, status: str) -> None:
    shop.desk.sell(status=status)
    (revoked,) = (await shop.news()).revocations
    assert revoked.kind is RevocationKind.CANCELLED


async def test_peer_fault_11_a_cancelled_position_does_not_drop_out_of_the_feed(
    shop: Shop,
) -> None:
    kept, gone = shop.desk.sell(ADULT, ADULT)
    await shop.news()
    shop.desk.drop(gone["id"])
    page = await shop.news()
    targets = [row.target for row in page.revocations if isinstance(row.target, str)]
    assert targets == [f"pretix:{gone['id']}"]
    assert f"pretix:{kept['id']}" not in targets


async def test_a_changed_code_is_another_code_of_the_same_ticket(shop: Shop) -> None:
    (row,) = shop.desk.sell()
    old = shop.code(row["secret"])
    await shop.news()
    new = shop.code(shop.desk.change_code(row["id"]))
    page = await shop.news()
    assert [(each.key, each.ticket.id) for each in page.listings] == [(new, f"pretix:{row['id']}")]
    assert [(each.target, each.kind) for each in page.revocations] == [
        (old, RevocationKind.EXCHANGED)
    ]


async def test_a_block_is_put_on_and_taken_off_the_code(shop: Shop) -> None:
    (row,) = shop.desk.sell()
    code = shop.code(row["secret"])
    await shop.news()
    shop.desk.block(row["id"])
    page = await shop.news()
    assert [(each.target, each.kind) for each in page.revocations] == [
        (code, RevocationKind.BLOCKED)
    ]
    shop.desk.block(row["id"], blocked=False)
    page = await shop.news()
    assert (page.revocations, page.lifted) == ((), (code,))


async def test_entries_with_other_devices_are_told_and_our_own_are_not(shop: Shop) -> None:
    (row,) = shop.desk.sell()
    shop.desk.check_in(row["id"])
    shop.desk.check_in(row["id"], VIP, "exit")
    shop.desk.check_in(row["id"], device=OUR_DEVICE)
    page = await shop.news()
    doors = {entry.id: entry.performances for entry in page.entries if isinstance(entry, Gate)}
    assert [(use.direction, use.gate) for use in page.uses] == [
        (Direction.ENTRY, "pretix-1"),
        (Direction.EXIT, "pretix-2"),
    ]
    assert [(use.performance,) for use in page.uses] == [doors["pretix-1"], doors["pretix-2"]]


async def test_a_ticket_names_the_codes_of_its_add_ons_that_stand(shop: Shop) -> None:
    shop.desk.items.append(product(WORKSHOP, "Workshop", checkin_text="Room 4"))
    first, lesson, gone = shop.desk.sell(ADULT, WORKSHOP, WORKSHOP)
    shop.desk.drop(gone["id"])
    page = await shop.news()
    tickets = {row.ticket.id: row.ticket for row in page.listings}
    assert tickets[TicketId(f"pretix:{first['id']}")].addons == (shop.code(lesson["secret"]),)
    workshop = [entry for entry in page.entries if isinstance(entry, Tariff)][1]
    assert (workshop.product, workshop.attention) == (WORKSHOP, {"en": "Room 4"})
