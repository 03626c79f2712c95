"""Who is inside: judge, gateway, device and box office say the same of the same scans."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from doubles.boxoffice.box import SEAT, check_in, open_box
from doubles.clock.hand_clock import HandClock
from doubles.evening import GATE, NOW, TONIGHT, TONIGHTS, facts, listed, token, use
from doubles.gateway.feed_source import FeedSource
from doubles.gateway.live import CLOCK, LiveGateway, live_gateway
from doubles.store.device_cache import in_touch, opened
from validator.clock import iso
from validator.gateway.trust.auth import Role
from validator.model import Direction, Use, uuid7
from validator.rules import Case
from validator.upstreams.boxoffice import check_in_json
from validator.wire.rows import use_row

IN, OUT = Direction.ENTRY, Direction.EXIT
Step = tuple[Direction, int]

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def live(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LiveGateway]:
    async with live_gateway(tmp_path_factory.mktemp("inside")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def boss(live: LiveGateway) -> str:
    return await live.user("Grace", Role.SUPERVISOR)


def uses(steps: tuple[Step, ...]) -> list[Use]:
    """Return what became of a ticket, a minute between two steps."""
    return [
        replace(
            use(token(), 100 - place, direction, count),
            id=uuid7(NOW, (99 - place).to_bytes(10, "big")),
        )
        for place, (direction, count) in enumerate(steps)
    ]


def judged(steps: tuple[Step, ...]) -> int:
    known = facts(uses=tuple(uses(steps)))
    return Case(known, listed(token()), GATE, TONIGHTS, NOW, None, None).inside


def counted_by_a_device(folder: Path, steps: tuple[Step, ...]) -> int:
    cache, feed = opened(folder), FeedSource()
    rows = [use_row(made) for made in uses(steps)]
    # As the stream brings them: by their keys, not by their times.
    feed.delta(f"uses.{TONIGHT}", *rows[::-1])
    in_touch(cache, feed, f"uses.{TONIGHT}")
    *_, people = cache.occupancy.inside((TONIGHT,))
    cache.close()
    return people


def told_by_the_box_office(folder: Path, steps: tuple[Step, ...]) -> list[int]:
    office = open_box(folder, HandClock())
    (ticket,) = (order := office.orders.sell("Ada", "", [SEAT])).tickets
    items = [
        check_in_json(check_in(place, ticket.id, direction=direction, count=count))
        for place, (direction, count) in enumerate(steps)
    ]
    assert all(outcome.accepted for outcome in office.check_ins.record(items))
    visit = office.check_ins.visits(order.number)[ticket.number]
    people = [office.tickets.inside(ticket.number), visit.inside]
    office.close()
    return people


async def figure(live: LiveGateway, token: str) -> int:
    _, counts = await live.call("GET", "/api/v1/counts", None, token)
    (tonight,) = [item for item in counts["performances"] if item["scope"] == live.evening.tonight]
    return int(tonight["inside"])


async def told_by_the_gateway(
    live: LiveGateway, token: str, number: str, steps: tuple[Step, ...]
) -> list[int]:
    before = await figure(live, token)
    start = CLOCK.now()
    shown: list[dict[str, Any]] = [
        {
            "id": uuid7(CLOCK.now(), os.urandom(10)),
            "at": iso(type(start)(start - 60_000 + place * 1_000)),
            "gate": "a",
            "code": live.code(number),
            "decision": "admit",
            "assurance": "provisional",
            "direction": direction.value,
            "count": count,
        }
        for place, (direction, count) in enumerate(steps)
    ]
    # A lane that was alone delivers late: the order of the times counts.
    body = {"check_ins": shown[::-1]}
    _, answer = await live.call("POST", "/api/v1/check-ins/batch", body, token)
    assert all(outcome["accepted"] for outcome in answer["outcomes"])
    _, history = await live.call("GET", f"/api/v1/tickets/{number}", None, token)
    _, found = await live.call("POST", "/api/v1/search", {"query": number}, token)
    (ticket,) = found["tickets"]
    return [history["inside"], ticket["inside"], await figure(live, token) - before]


STEPS: list[tuple[tuple[Step, ...], int]] = [
    (((IN, 1), (OUT, 1)), 0),
    (((OUT, 1),), 0),
    (((OUT, 1), (IN, 1)), 1),
    (((IN, 2), (OUT, 3), (IN, 1)), 1),
    (((IN, 1), (OUT, 1), (OUT, 1), (IN, 1), (OUT, 1), (IN, 1)), 1),
    (((OUT, 4), (IN, 3), (OUT, 1)), 2),
]


@pytest.mark.parametrize("place", range(len(STEPS)))
async def test_everybody_counts_the_same_people(
    live: LiveGateway, boss: str, tmp_path: Path, place: int
) -> None:
    steps, people = STEPS[place]
    (tmp_path / "device").mkdir()
    gateway = await told_by_the_gateway(live, boss, live.evening.crowd[place], steps)
    told = {
        "judge": judged(steps),
        "history, search, figures": gateway,
        "device": counted_by_a_device(tmp_path / "device", steps),
        "box office": told_by_the_box_office(tmp_path / "box", steps),
    }
    assert told == {
        "judge": people,
        "history, search, figures": [people] * 3,
        "device": people,
        "box office": [people] * 2,
    }
