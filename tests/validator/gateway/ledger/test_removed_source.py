"""A ticketing system that is taken out of the configuration: what it sold stays good."""

from __future__ import annotations

from pathlib import Path

from doubles.evening import FULL
from doubles.gateway.live import live_gateway
from validator.clock import MINUTE_MS, Instant
from validator.gateway.sources.followed_source import SourceLedger
from validator.gateway.trust.auth import Role
from validator.keys import KeyRing
from validator.model import Listing, Source, Ticket, TicketId
from validator.ports import Changes

CODE = "4006381333931"


async def test_tickets_of_a_system_that_is_not_followed_any_more_are_judged_and_kept_for_it(
    tmp_path: Path,
) -> None:
    async with live_gateway(tmp_path) as live:
        services = live.daemon.gateway.services
        now = services.clock.now()
        tonight = live.evening.tonight
        key = KeyRing({}, services.code_key).code_id(CODE)
        row = Ticket(TicketId("shop:1"), tonight, FULL, "shop", number="N-1")
        heard = Instant(now - 90 * MINUTE_MS)
        await SourceLedger(services.committer).apply(
            "shop",
            Changes("7", heard, entries=(Source("shop", "Shop"),), listings=(Listing(key, row),)),
        )
        steward = await live.user("Ada", Role.STEWARD)
        status, verdict = await live.call(
            "POST", "/api/v1/check-ins", {"gate": "a", "code": CODE}, steward
        )
        assert status == 200
        assert (verdict["decision"], verdict["reason"]) == ("check", "stale_data")
        assert verdict["age_s"] >= 90 * 60
        _, counts = await live.call("GET", "/api/v1/counts")
        ages = {source["id"]: source["age_s"] for source in counts["sources"]}
        assert ages["shop"] >= 90 * 60, "shown with its age"
        assert counts["owed"]["shop"] == 1, "kept until it is followed again"
        status, ready = await live.call("GET", "/readyz")
        assert (status, ready["ready"]) == (200, True)
