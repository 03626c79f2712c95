"""What a ticketing system refuses for good is kept with its answer, shown, and retried by hand."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
import pytest_asyncio

from doubles.evening import FULL
from doubles.gateway.live import CLOCK, LiveGateway, live_gateway
from validator.gateway.main import main
from validator.gateway.sources.followed_source import SourceLedger
from validator.gateway.trust.auth import Role
from validator.keys import KeyRing
from validator.model import Listing, Ticket, TicketId
from validator.ports import Changes, Outcome

CODE = "4006381333931"
WHY = "This ticket was deleted."

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def live(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LiveGateway]:
    """A gateway that owes a check-in to a shop that nobody reaches."""
    async with live_gateway(tmp_path_factory.mktemp("outbox")) as running:
        services = running.daemon.gateway.services
        key = KeyRing({}, services.code_key).code_id(CODE)
        row = Ticket(TicketId("shop:1"), running.evening.tonight, FULL, "shop", number="N-1")
        await SourceLedger(services.committer).apply(
            "shop", Changes("1", CLOCK.now(), listings=(Listing(key, row),))
        )
        token = await running.user("Ada", Role.STEWARD)
        scan = {"gate": "a", "code": CODE}
        _, verdict = await running.call("POST", "/api/v1/check-ins", scan, token)
        assert verdict["decision"] == "admit"
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def refused(live: LiveGateway) -> str:
    """Return the id of a check-in that was refused for good."""
    committer = live.daemon.gateway.services.committer
    (report,) = await SourceLedger(committer).owed("shop", 10)
    await SourceLedger(committer).settle("shop", [Outcome(report.check_in.id, False, WHY)])
    return report.check_in.id


async def run(live: LiveGateway, *arguments: str) -> tuple[int, str, str]:
    """Run a command beside the gateway; return exit code, output and errors."""

    def command() -> tuple[int, str, str]:
        out, errors = io.StringIO(), io.StringIO()
        data = str(live.daemon.gateway.services.config.data)
        with redirect_stdout(out), redirect_stderr(errors):
            code = main(["outbox", *arguments, "--data", data])
        return code, out.getvalue(), errors.getvalue()

    return await asyncio.to_thread(command)


async def test_it_is_shown_and_retried_over_the_api(live: LiveGateway, refused: str) -> None:
    boss = await live.user("Grace", Role.SUPERVISOR)
    _, found = await live.call("GET", "/api/v1/outbox/refused", None, boss)
    (row,) = found["refused"]
    assert (row["source"], row["check_in"], row["ticket"]) == ("shop", refused, "N-1")
    assert (row["state"], row["answer"]) == ("refused", WHY)
    _, counts = await live.call("GET", "/api/v1/counts")
    assert counts["refused"] == {"shop": 1}
    body = {"source": "shop", "check_in": refused}
    assert await live.call("POST", "/api/v1/outbox/retry", body, boss) == (200, {"retried": 1})
    assert await live.call("POST", "/api/v1/outbox/retry", {}, boss) == (200, {"retried": 0})
    _, counts = await live.call("GET", "/api/v1/counts")
    assert (counts["refused"], counts["owed"]["shop"]) == ({}, 1)


async def test_and_by_commands(live: LiveGateway, refused: str, tmp_path: Path) -> None:
    code, out, _ = await run(live, "list", "--refused", "--json")
    assert (code, json.loads(out)["answer"]) == (0, WHY)
    code, out, _ = await run(live, "list", "--refused")
    assert WHY in out
    file = tmp_path / "kept.csv"
    code, _, said = await run(live, "export", str(file), "--csv")
    assert (code, said) == (0, "Check-ins written: 1.\n")
    (row,) = csv.DictReader(io.StringIO(file.read_text()))
    assert (row["check_in"], row["ticket"], row["state"]) == (refused, "N-1", "refused")
    assert CODE not in file.read_text()
    code, _, said = await run(live, "export", str(file))
    assert code == 1
    assert "new file" in said
    code, _, said = await run(live, "retry", "--source", "nobody")
    assert code == 1
    assert "list --refused" in said
    code, out, _ = await run(live, "retry", refused)
    assert (code, out) == (0, "Check-ins that are delivered again: 1.\n")
    code, out, _ = await run(live, "list", "--refused")
    assert out == "Nothing was refused.\n"
    code, out, _ = await run(live, "list", "--json")
    assert (json.loads(out)["check_in"], json.loads(out)["state"]) == (refused, "owed")
