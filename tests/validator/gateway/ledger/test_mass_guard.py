"""The mass guard: many cancellations at once that were only inferred wait for a supervisor."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from doubles.evening import TOMORROW, TONIGHT
from doubles.gateway.committer_with_devices import Venue, cancelled, listing, token
from doubles.gateway.live import live_gateway
from validator.clock import Instant
from validator.gateway.ledger.claims import answer_check_in
from validator.gateway.ledger.mass_guard import HANDFUL, approve
from validator.gateway.ledger.upstream_changes import SLICE
from validator.gateway.main import main
from validator.gateway.sources.followed_source import SourceLedger
from validator.gateway.store.held_cancellations import HeldBack
from validator.gateway.trust.auth import Role
from validator.model import DeviceId, Listing, Reason, Revocation, RevocationKind, Scan, Serial
from validator.ports import Changes


async def sell(venue: Venue, count: int, scope: int = TONIGHT) -> None:
    rows = (listing(serial) for serial in range(1, count + 1))
    await venue.apply(listings=tuple(moved(row, scope) for row in rows))


def moved(row: Listing, scope: int) -> Listing:
    assert isinstance(row.key, Serial)
    key = Serial(scope, row.key.serial)
    return Listing(key, replace(row.ticket, id=key.ticket(), scope=scope))


def gone(serials: Iterable[int], scope: int = TONIGHT) -> tuple[Revocation, ...]:
    return tuple(
        Revocation(Serial(scope, serial).ticket(), RevocationKind.CANCELLED, Instant(0))
        for serial in serials
    )


async def infers(venue: Venue, revocations: tuple[Revocation, ...]) -> None:
    await venue.apply(revocations=revocations, inferred=True)


async def reason(venue: Venue, serial: int) -> Reason:
    scan = Scan(venue.id(), token(serial), venue.hand.clock.now())
    verdict = await answer_check_in(venue.committer, DeviceId("api:ada"), scan, "a")
    return verdict.reason


async def held(venue: Venue) -> tuple[HeldBack, ...]:
    return await venue.committer.read(lambda work: work.session.held_cancellations.all())


async def test_a_handful_is_cancelled_at_once(venue: Venue) -> None:
    await sell(venue, 100)
    await infers(venue, gone(range(1, HANDFUL + 1)))
    assert await reason(venue, 1) is Reason.CANCELLED
    assert await held(venue) == ()


async def test_more_than_a_handful_waits_and_refuses_nobody(
    venue: Venue, caplog: pytest.LogCaptureFixture
) -> None:
    await sell(venue, 100)
    await infers(venue, gone(range(1, HANDFUL + 2)))
    assert await reason(venue, 1) is Reason.OK
    assert [(row.source, row.scope, row.count) for row in await held(venue)] == [
        ("box", TONIGHT, HANDFUL + 1)
    ]
    assert "cancellations_held" in caplog.text


async def test_one_percent_of_a_large_performance_is_cancelled_at_once(venue: Venue) -> None:
    await sell(venue, 3_000)
    await infers(venue, gone(range(1, 31)))
    assert await held(venue) == ()
    await infers(venue, gone(range(100, 131)))
    assert [row.count for row in await held(venue)] == [31]


async def test_each_performance_is_counted_by_itself(venue: Venue) -> None:
    await sell(venue, 50)
    await sell(venue, 50, TOMORROW)
    await infers(venue, gone(range(1, 16)) + gone(range(1, 16), TOMORROW))
    assert await held(venue) == ()
    await infers(venue, gone(range(20, 45)) + gone((20,), TOMORROW))
    assert [(row.scope, row.count) for row in await held(venue)] == [(TONIGHT, 25)]


async def test_an_explicit_act_is_never_held(venue: Venue) -> None:
    await sell(venue, 100)
    await venue.apply(revocations=gone(range(1, 101)))
    assert await held(venue) == ()
    assert await reason(venue, 100) is Reason.CANCELLED


async def test_what_was_never_valid_here_counts_for_nothing(venue: Venue) -> None:
    rows = tuple(listing(serial) for serial in range(1, 101))
    await venue.apply(listings=rows, revocations=gone(range(1, 101)), inferred=True)
    assert await held(venue) == ()
    assert await reason(venue, 1) is Reason.CANCELLED


async def test_what_is_cancelled_already_counts_for_nothing(venue: Venue) -> None:
    await sell(venue, 100)
    await venue.apply(revocations=gone(range(1, 81)))
    await infers(venue, gone(range(1, 91)))
    assert await held(venue) == ()
    assert await reason(venue, 85) is Reason.CANCELLED


async def test_while_some_wait_later_ones_join_them(venue: Venue) -> None:
    await sell(venue, 100)
    await infers(venue, gone(range(1, 31)))
    await infers(venue, gone((40,)))
    assert [row.count for row in await held(venue)] == [31]
    assert await reason(venue, 40) is Reason.OK


async def test_the_same_sync_told_twice_is_held_once(venue: Venue) -> None:
    await sell(venue, 100)
    for _ in range(2):
        await infers(venue, gone(range(1, 31)))
    assert [row.count for row in await held(venue)] == [30]


async def test_approved_they_refuse(venue: Venue) -> None:
    count = SLICE + 10
    await sell(venue, count)
    await infers(venue, gone(range(1, count + 1)))
    assert await reason(venue, 1) is Reason.OK
    job = partial(approve, source="box", scope=TONIGHT)
    assert [await venue.committer.write(job) for _ in range(3)] == [SLICE, 10, 0]
    assert await held(venue) == ()
    assert await reason(venue, 2) is Reason.CANCELLED


async def test_a_ticket_that_is_valid_again_is_held_no_longer(venue: Venue) -> None:
    await sell(venue, 100)
    await infers(venue, gone(range(1, 31)))
    await venue.apply(lifted=(Serial(TONIGHT, 7).ticket(),))
    assert [row.count for row in await held(venue)] == [29]


async def test_a_replaced_code_is_counted_where_it_is_listed(venue: Venue) -> None:
    await sell(venue, 100)
    await infers(venue, tuple(cancelled(serial) for serial in range(1, 31)))
    assert [(row.scope, row.count) for row in await held(venue)] == [(TONIGHT, 30)]


def shop_rows(scope: int) -> tuple[Listing, ...]:
    return tuple(
        moved(Listing(Serial(scope, serial), replace(listing(serial).ticket, source="shop")), scope)
        for serial in range(900_001, 900_031)
    )


async def test_a_supervisor_sees_and_approves_them(tmp_path: Path) -> None:
    async with live_gateway(tmp_path / "data") as live:
        committer, scope = live.daemon.gateway.services.committer, live.evening.tonight
        shop = SourceLedger(committer)
        await shop.apply("shop", Changes("1", None, listings=shop_rows(scope)))
        lost = gone(range(900_001, 900_031), scope)
        await shop.apply("shop", Changes("2", None, revocations=lost, inferred=True))

        steward = await live.user("ada", Role.STEWARD)
        path = f"/api/v1/held/shop/{scope}/approve"
        assert (await live.call("GET", "/api/v1/held", token=steward))[0] == 403
        assert (await live.call("POST", path, token=steward))[0] == 403
        status, told = await live.call("GET", "/api/v1/held", token=live.admin)
        assert status == 200
        (row,) = told["held"]
        assert (row["source"], row["performance"], row["count"]) == ("shop", scope, 30)
        assert row["name"]
        _, figures = await live.call("GET", "/api/v1/counts", token=steward)
        assert figures["held"] == [{"source": "shop", "performance": scope, "count": 30}]

        assert await live.call("POST", path, token=live.admin) == (200, {"cancelled": 30})
        status, told = await live.call("POST", path, token=live.admin)
        assert status == 400
        assert "held list" in told["error"]


def test_the_command_lists_and_approves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "entrance-gateway"

    async def evening() -> int:
        async with live_gateway(data) as live:
            committer, scope = live.daemon.gateway.services.committer, live.evening.tonight
            shop = SourceLedger(committer)
            await shop.apply("shop", Changes("1", None, listings=shop_rows(scope)))
            lost = gone(range(900_001, 900_031), scope)
            await shop.apply("shop", Changes("2", None, revocations=lost, inferred=True))
            return scope

    scope = asyncio.run(evening())
    assert main(["held", "list", "--json", "--data", str(data)]) == 0
    row = json.loads(capsys.readouterr().out)
    assert (row["source"], row["performance"], row["count"]) == ("shop", scope, 30)
    assert main(["held", "approve", "shop", str(scope), "--data", str(data)]) == 0
    assert "30 tickets are cancelled" in capsys.readouterr().out
    assert main(["held", "list", "--data", str(data)]) == 0
    assert "Nothing is held." in capsys.readouterr().out
    assert main(["held", "approve", "shop", str(scope), "--data", str(data)]) == 1
