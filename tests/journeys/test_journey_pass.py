"""Passes at real lanes: what they open, their limits, disabled and enabled."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from journeys.venue.lane import LaneProcess
from journeys.venue.venue import CLOCK, GATE, Venue
from validator.boxoffice import BoxOffice, Item
from validator.boxoffice.records.catalogue import performance_of
from validator.boxoffice.selling.passes import NEW_PASS
from validator.model import Pass

FULL = 1
LATE = "late"


class Season:
    """Passes that were sold before the gateway started.

    Args:
        venue: Gets a second performance tonight, with a gate of its own.
        config: Of the gateway.
    """

    def __init__(self, venue: Venue, config: Path) -> None:
        self.codes: dict[str, str] = {}
        self.scopes: list[int] = []
        tonight = venue.evening.tonight
        self._office = BoxOffice.open(venue.data, CLOCK, os.urandom)
        try:
            with self._office.database.read() as transaction:
                show = performance_of(transaction, tonight)
            late = self._office.catalogue.next_scope()
            self._office.catalogue.put_performance(replace(show, scope=late, name="Late show"))
            both = (tonight, late)
            self.once = self._sell(Pass(NEW_PASS, "Once a performance", both, per_performance=1))
            self.daily = self._sell(
                Pass(NEW_PASS, "Once a day", both, per_day=1, per_performance=9)
            )
            self.choice = self._sell(
                Pass(NEW_PASS, "One of two", both, per_performance=2, choice=1)
            )
            self.thrice = self._sell(Pass(NEW_PASS, "Thrice", both, limit=3, per_performance=2))
        finally:
            self._office.close()
        with config.open("a") as file:
            file.write(f'[[gates]]\nid = "{LATE}"\nname = "Late"\nperformances = [{late}]\n')
        self.streams = (
            "catalogue",
            *(f"{kind}.{scope}" for scope in self.scopes for kind in ("tickets", "cancellations")),
        )

    def _sell(self, card: Pass) -> str:
        scope = self._office.passes.put(card).scope
        (ticket,) = self._office.orders.sell("Guest", "", [Item(scope, FULL)]).tickets
        self.codes[ticket.number] = ticket.code.text
        self.scopes.append(scope)
        return ticket.number


async def test_a_pass_opens_what_it_is_for_within_its_limits(venue: Venue, tmp_path: Path) -> None:
    season = Season(venue, tmp_path / "gateway.toml")
    await venue.open()
    main, late = await venue.enrolled("main-lane", GATE), await venue.enrolled("late-lane", LATE)
    for lane in (main, late):
        await lane.start(*season.streams)

    async def seen(lane: LaneProcess, number: str) -> str:
        # Another ticket in between: the same one at once again would only be a repeat.
        await lane.scan(venue.code(venue.evening.cancelled))
        said = await lane.scan(season.codes[number])
        assert said["ticket"] == number
        return "in" if said["decision"] == "admit" else str(said["reason"])

    assert [await seen(main, season.once) for _ in range(2)] == ["in", "already_used"]
    assert await seen(late, season.once) == "in"
    assert [await seen(main, season.daily), await seen(late, season.daily)] == [
        "in",
        "limit_reached",
    ]
    assert [await seen(late, season.choice) for _ in range(2)] == ["in", "in"]
    assert await seen(main, season.choice) == "limit_reached"
    assert [await seen(main, season.thrice) for _ in range(3)] == ["in", "in", "already_used"]
    assert await seen(late, season.thrice) == "in"
    assert await seen(late, season.thrice) == "limit_reached"


async def test_a_disabled_pass_is_refused_and_enabled_it_is_let_in(
    venue: Venue, tmp_path: Path
) -> None:
    season = Season(venue, tmp_path / "gateway.toml")
    await venue.open()
    lane = await venue.enrolled("lane", GATE)
    await lane.start(*season.streams)
    stream = f"cancellations.{season.scopes[0]}"
    for change, body, expected in (
        ("disable", {"reason": "Card not paid"}, ("refuse", "suspended")),
        ("enable", {}, ("admit", "ok")),
    ):
        before = len(lane.lines)
        await venue.office(f"tickets/{season.once}/{change}", body)
        await lane.heard(before, event="applied", stream=stream)
        said = await lane.scan(season.codes[season.once])
        assert (said["decision"], said["reason"]) == expected
