"""A real pretix: what it says of its tickets, and what becomes of ours there."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pretix.evening import CLOCK, RING, SOURCE, RealEvening, real_evening
from pretix.installation import PYTHON, Installation, installation

from simulators.lossy import lossy
from validator.clock import MINUTE_MS, Instant
from validator.errors import RetryLater
from validator.gateway.services import WakeUpCall
from validator.gateway.sources.followed_source import SourceLedger
from validator.gateway.trust.auth import token_hash
from validator.model import Decision, Kind, Reason, Verdict, uuid7
from validator.ports import Report
from validator.upstreams.pretix import PretixUpstream, Settings

pytestmark = pytest.mark.full

SAME = {
    "canceled": {Reason.CANCELLED, Reason.EXCHANGED},
    "revoked": {Reason.CANCELLED, Reason.EXCHANGED},
    "blocked": {Reason.BLOCKED},
    "unapproved": {Reason.UNAPPROVED},
    "invalid_time": {Reason.TOO_EARLY, Reason.TOO_LATE},
    "product": {Reason.WRONG_TARIFF, Reason.WRONG_DATE},
    "unpaid": {Reason.UNPAID},
    "rules": {Reason.RULE},
    "incomplete": {Reason.INCOMPLETE},
    "already_redeemed": {Reason.ALREADY_USED, Reason.PASSBACK},
    "ambiguous": {Reason.AMBIGUOUS},
    "invalid": {Reason.UNKNOWN, Reason.BAD_SIGNATURE},
}
"""What pretix calls it, and what we do."""

TICKETS = 200
SERVICES = 4
"""Compared one by one, so that no test takes minutes."""


@pytest.fixture(scope="module")
def site() -> Iterator[Installation]:
    if not PYTHON.exists():
        pytest.skip("no pretix in build/pretix: `make test-pretix` installs it")
    with installation() as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pretix")


def say(text: str) -> None:
    """Print a figure for docs/pretix.md."""
    print(f"\npretix: {text}")


def difference(row: dict[str, Any], said: dict[str, Any], ours: Verdict, open_: bool) -> str:
    """Return what is different, and why if that is wanted; empty = nothing."""
    passes = said["status"] == "ok"
    if passes:
        look = said["require_attention"] or said["checkin_texts"]
        wanted = (Decision.CHECK, Reason.ATTENTION) if look else (Decision.ADMIT, Reason.OK)
        if (ours.decision, ours.reason) == wanted:
            return ""
        return f"WRONG ok: {ours.decision} {ours.reason}"
    reason = said["reason"] if said["status"] == "error" else said["status"]
    if ours.decision is Decision.REFUSE and ours.reason in SAME.get(reason, set()):
        return ""
    if reason == "unpaid" and open_ and ours.decision is Decision.CHECK:
        return "unpaid on a list of pending orders: to look at, pretix asks again"
    if reason == "invalid" and row["canceled"] and ours.reason is Reason.CANCELLED:
        return "cancelled position: cancelled, pretix knows it no more"
    if reason == "invalid" and ours.reason is Reason.WRONG_DATE:
        return "another date: wrong date, pretix does not know it there"
    if reason == "invalid_time" and ours.reason is Reason.WRONG_DATE:
        return "another date: told before the ticket's own time"
    return f"WRONG {reason}: {ours.decision} {ours.reason}"


async def test_everything_is_read_once_and_then_only_what_is_new(
    site: Installation, folder: Path
) -> None:
    async with real_evening(site, folder) as evening:
        rows = await evening.positions()
        fest = [row for row in rows if row["order"]["event"] == "fest"]
        for row in [row for row in fest if row["order"]["status"] == "p"][:6]:
            path = f"events/fest/orderpositions/{row['id']}/add_block/"
            if not row["canceled"]:
                await evening.office("POST", path, {"name": "admin"})
        began = time.monotonic()
        tickets = await evening.sync()
        say(f"ready {site.ready_s:.0f} s; sync of {tickets} {time.monotonic() - began:.1f} s")
        # The first passes reach far back, and everything is new.
        await evening.sync()
        began = time.monotonic()
        assert await evening.sync() == 0
        say(f"nothing new: {time.monotonic() - began:.2f} s")
        await evening.east()


@pytest.mark.parametrize("part", range(SERVICES))
async def test_pretix_and_we_say_the_same_of_every_ticket(
    site: Installation, folder: Path, part: int
) -> None:
    async with real_evening(site, folder) as evening:
        rows, now = await evening.positions(), CLOCK.now()
        answers: Counter[str] = Counter()
        differences: Counter[str] = Counter()
        for event in ("fest", "tour"):
            lists = (await evening.office("GET", f"events/{event}/checkinlists/"))["results"]
            of_event = [row for row in rows if row["order"]["event"] == event][:TICKETS]
            for place, row in list(enumerate(of_event))[part::SERVICES]:
                # Every ticket at two lists in turn, so that each list sees each kind.
                for list_ in [lists[(place + n * 5) % len(lists)] for n in (0, 1)]:
                    said = await evening.simulated(row["secret"], list_["id"], now)
                    ours = evening.judged(row["secret"], f"east-{SOURCE}-{list_['id']}", now)
                    answers[said.get("reason") or said["status"]] += 1
                    if what := difference(row, said, ours, list_["include_pending"]):
                        differences[what] += 1
        say(f"compared {answers.total()}: {dict(answers)}; differences {dict(differences)}")
        assert not [what for what in differences if what.startswith("WRONG")]


async def good(evening: RealEvening, count: int) -> list[dict[str, Any]]:
    """Return paid adults' tickets that nobody has used."""
    now = CLOCK.now()
    found = []
    for row in await evening.positions():
        bare = row["order"]["event"] == "fest" and not row["checkins"] and row["addon_to"] is None
        if bare and evening.judged(row["secret"], f"{SOURCE}-1", now).reason is Reason.OK:
            found.append(row)
    return found[:count]


async def check_ins_of(evening: RealEvening, row: dict[str, Any]) -> list[dict[str, Any]]:
    path = f"events/fest/orderpositions/{row['id']}/?include_canceled_positions=true"
    rows: list[dict[str, Any]] = (await evening.office("GET", path))["checkins"]
    return rows


async def test_an_entry_whose_answer_is_lost_is_one_check_in(
    site: Installation, folder: Path
) -> None:
    async with real_evening(site, folder) as evening, lossy(site.url) as line:
        await evening.sync()
        rows = await good(evening, 20)
        entered = [await evening.entered(row, f"{SOURCE}-1") for row in rows]
        line.lose = 3
        broken = PretixUpstream(
            SOURCE, Settings(line.url), folder / "pretix.sqlite", RING, CLOCK, os.urandom
        )
        reports = [Report(each, None) for each in entered]
        with pytest.raises(RetryLater):
            await broken.report(reports)
        assert line.lose < 3
        began = time.monotonic()
        assert all(outcome.accepted for outcome in await broken.report(reports))
        say(f"{len(rows)} entries in {time.monotonic() - began:.2f} s")
        await broken.close()
        assert [len(await check_ins_of(evening, row)) for row in rows] == [1] * len(rows)
        # They come back with the orders, and are no entries elsewhere.
        changes = await evening.upstream.changes(
            await SourceLedger(evening.committer).cursor(SOURCE)
        )
        assert not changes.uses


async def test_refusals_exits_and_undo_are_told(site: Installation, folder: Path) -> None:
    async with real_evening(site, folder) as evening:
        await evening.sync()
        one, other = await good(evening, 2)
        entry = await evening.entered(one, f"{SOURCE}-4")
        refused = await evening.entered(
            other, f"{SOURCE}-1", decision=Decision.REFUSE, reason=Reason.WRONG_TARIFF, count=0
        )
        later = Instant(CLOCK.now() + MINUTE_MS)
        late = Instant(CLOCK.now() + 16 * MINUTE_MS)
        undone = entry.followed(Kind.UNDO, uuid7(later, bytes(10)), later, 0)
        outcomes = await evening.report(entry, refused, undone)
        assert [outcome.accepted for outcome in outcomes] == [True, True, True]
        assert not await check_ins_of(evening, one)
        again = await evening.entered(one, f"{SOURCE}-4")
        too_late = again.followed(Kind.UNDO, uuid7(late, bytes(10)), late, 0)
        outcomes = await evening.report(again, too_late)
        assert [outcome.accepted for outcome in outcomes] == [True, False]
        failed = await evening.office("GET", "events/fest/checkins/?successful=false")
        reasons = {row["error_reason"] for row in failed["results"]}
        assert {"product", "annulled"} <= reasons


async def test_what_is_cancelled_or_changed_there_is_refused_here(
    site: Installation, folder: Path
) -> None:
    async with real_evening(site, folder) as evening:
        await evening.sync()
        gate = f"{SOURCE}-1"
        whole, changed, taken_back, blocked = await good(evening, 4)
        single = next(
            row
            for row in await evening.positions()
            if row["addon_to"] and row["order"]["status"] == "p" and not row["canceled"]
        )
        entry = await evening.entered(changed, gate)
        await evening.report(entry)

        def reason(row: dict[str, Any]) -> Reason:
            return evening.judged(row["secret"], gate, CLOCK.now()).reason

        for row in (whole, taken_back):
            code = row["order"]["code"]
            body = {"send_email": False}
            await evening.office("POST", f"events/fest/orders/{code}/mark_canceled/", body)
        await evening.office("DELETE", f"events/fest/orderpositions/{single['id']}/")
        path = f"events/fest/orderpositions/{changed['id']}/regenerate_secrets/"
        new = await evening.office("POST", path)
        path = f"events/fest/orderpositions/{blocked['id']}/"
        await evening.office("POST", f"{path}add_block/", {"name": "admin"})
        await evening.sync()
        assert [reason(row) for row in (whole, taken_back)] == [Reason.CANCELLED] * 2
        assert reason(single) is Reason.CANCELLED
        assert reason(blocked) is Reason.BLOCKED
        assert reason(changed) is Reason.EXCHANGED
        code = taken_back["order"]["code"]
        back = await evening.office("POST", f"events/fest/orders/{code}/reactivate/", {})
        await evening.office("POST", f"{path}remove_block/", {"name": "admin"})
        await evening.sync()
        assert reason(blocked) is Reason.OK
        # Its first code stays revoked, as in pretix.
        assert reason(taken_back) is Reason.EXCHANGED
        (position,) = [row for row in back["positions"] if row["id"] == taken_back["id"]]
        assert reason(position) is Reason.OK
        assert reason({"secret": new["secret"]}) is Reason.OK


async def test_a_changed_tickets_new_code_works_and_stays_used(
    site: Installation, folder: Path
) -> None:
    async with real_evening(site, folder) as evening:
        await evening.sync()
        gate = f"{SOURCE}-1"
        (row,) = await good(evening, 1)
        device = {"secret": row["secret"], "lists": [1]}
        await evening.office("POST", "checkinrpc/redeem/", device)
        path = f"events/fest/orderpositions/{row['id']}/regenerate_secrets/"
        new = await evening.office("POST", path)
        await evening.sync()
        now = CLOCK.now()
        assert evening.judged(row["secret"], gate, now).reason is Reason.EXCHANGED
        assert evening.judged(new["secret"], gate, now).reason is Reason.PASSBACK


async def test_a_webhook_wakes_the_gateway(site: Installation, folder: Path) -> None:
    woken = asyncio.Event()
    key = "k" * 64
    call = WakeUpCall(token_hash(key), woken.set)

    async def wake(request: web.Request) -> web.Response:
        call.check(request.headers.get("Authorization"))
        call.wake()
        return web.Response()

    app = web.Application()
    app.router.add_post("/wake", wake)
    hooks = TestServer(app)
    async with real_evening(site, folder) as evening, hooks:
        for _ in range(2):
            await evening.sync()
        (row,) = await good(evening, 1)
        hook = {
            "enabled": True,
            "target_url": str(hooks.make_url("/wake").with_user("wake").with_password(key)),
            "all_events": True,
            "limit_events": [],
            "action_types": ["pretix.event.order.canceled"],
        }
        await evening.office("POST", "webhooks/", hook)
        code = row["order"]["code"]
        began = time.monotonic()
        cancelling = asyncio.create_task(
            evening.office("POST", f"events/fest/orders/{code}/mark_canceled/", {})
        )
        await asyncio.wait_for(woken.wait(), 60)
        await cancelling
        await evening.sync()
        verdict = evening.judged(row["secret"], f"{SOURCE}-1", CLOCK.now())
        say(f"cancelled to refused after a webhook: {time.monotonic() - began:.2f} s")
        assert verdict.reason is Reason.CANCELLED
