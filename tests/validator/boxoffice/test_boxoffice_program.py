"""Announcing an event over the API: a stranger with an empty folder begins here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from doubles.boxoffice.box import entropy
from doubles.clock.hand_clock import HandClock
from validator.boxoffice import BoxOffice
from validator.keys import KeyRing
from validator.model import Performance, Tariff
from validator.upstreams.boxoffice import BoxOfficeUpstream

Client = TestClient[web.Request, web.Application]

EVENTS = "/api/v1/events"
SHOW: dict[str, Any] = {
    "name": "Opening night",
    "doors": "2026-11-22T19:00:00+01:00",
    "start": "2026-11-22T20:00:00+01:00",
    "end": "2026-11-22T22:30:00+01:00",
    "zone": "Europe/Zurich",
}
TARIFF: dict[str, Any] = {
    "id": 2,
    "name": {"en": "Student", "de-CH": "Studierende"},
    "icon": "student",
    "attention": {"en": "student card"},
}
BODY: dict[str, Any] = {
    "id": "winter-gala",
    "name": "Winter gala",
    "zones": {"0": "Stalls", "31": "Balcony"},
    "performances": [SHOW],
    "tariffs": [{"id": 1, "name": {"en": "Full price"}}, TARIFF],
}
ANSWER: dict[str, Any] = {
    "id": "winter-gala",
    "name": "Winter gala",
    "zones": [{"id": 0, "name": "Stalls"}, {"id": 31, "name": "Balcony"}],
    "performances": [
        {
            "scope": 1,
            "name": "Opening night",
            "doors": "2026-11-22T18:00:00.000Z",
            "start": "2026-11-22T19:00:00.000Z",
            "end": "2026-11-22T21:30:00.000Z",
            "zone": "Europe/Zurich",
            "cutoff_min": 0,
            "offers": [],
        }
    ],
    "tariffs": [{"id": 1, "name": {"en": "Full price"}, "icon": "", "attention": {}}, TARIFF],
}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[BoxOffice]:
    with closing(BoxOffice.open(tmp_path, HandClock().clock, entropy())) as office:
        yield office


async def announce(client: Client, body: object, status: int = 201) -> dict[str, Any]:
    answer = await client.post(EVENTS, json=body)
    assert answer.status == status, await answer.text()
    plain: dict[str, Any] = await answer.json()
    return plain


async def told(client: Client) -> dict[str, Any]:
    plain: dict[str, Any] = await (await client.get(EVENTS)).json()
    return plain


def with_(body: dict[str, Any], path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    changed = deepcopy(body)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


async def test_an_empty_box_office_gets_an_event_sells_and_tells_the_gateway(
    client: Client,
) -> None:
    assert await announce(client, BODY) == ANSWER
    sale = {
        "customer": "Ada",
        "paid": True,
        "items": [{"performance": 1, "tariff": 2, "zone": 31, "seat": "row A, seat 1"}],
    }
    assert (await client.post("/api/v1/orders", json=sale)).status == 201
    upstream = BoxOfficeUpstream(str(client.make_url("")), "right", KeyRing({}, bytes(32)))
    try:
        changes = await upstream.changes("")
    finally:
        await upstream.close()
    (ticket,) = [listing.ticket for listing in changes.listings]
    assert (ticket.scope, ticket.tariff, ticket.zones) == (1, 2, 1 << 31)
    assert ticket.attention
    shows = [entry for entry in changes.entries if isinstance(entry, Performance)]
    assert [(show.event, show.name, show.zone) for show in shows] == [
        ("winter-gala", "Opening night", "Europe/Zurich")
    ]
    assert [entry.icon for entry in changes.entries if isinstance(entry, Tariff)] == ["", "student"]


async def test_get_shows_what_was_announced(client: Client) -> None:
    event = await announce(client, BODY)
    tariffs = event.pop("tariffs")
    assert await told(client) == {"events": [event], "tariffs": tariffs}


async def test_announced_again_it_is_the_same_event(client: Client) -> None:
    first = await announce(client, BODY)
    before = await told(client)
    assert await announce(client, BODY) == first
    assert await told(client) == before


async def test_announced_again_with_changes_it_has_them_and_loses_nothing(client: Client) -> None:
    await announce(client, BODY)
    late = SHOW | {"scope": 1, "start": "2026-11-22T20:15:00+01:00", "cutoff_min": 300}
    matinee = SHOW | {
        "name": "Matinee",
        "doors": "2026-11-21T13:00:00Z",
        "start": "2026-11-21T14:00:00Z",
        "end": "2026-11-21T16:00:00Z",
    }
    body = BODY | {"name": "Gala", "zones": {"5": "Box"}, "performances": [matinee, late]}
    event = await announce(client, body | {"tariffs": []})
    assert event["name"] == "Gala"
    assert [zone["id"] for zone in event["zones"]] == [0, 5, 31]
    assert [
        (show["scope"], show["name"], show["cutoff_min"]) for show in event["performances"]
    ] == [
        (2, "Matinee", 0),
        (1, "Opening night", 300),
    ]
    assert len((await told(client))["tariffs"]) == 2


async def test_a_new_number_is_never_one_that_is_chosen_beside_it(client: Client) -> None:
    other = SHOW | {"name": "Second night", "scope": 1}
    event = await announce(client, BODY | {"performances": [SHOW, other]})
    assert {show["scope"]: show["name"] for show in event["performances"]} == {
        1: "Second night",
        2: "Opening night",
    }


async def test_another_events_performance_is_not_taken_away(client: Client) -> None:
    await announce(client, BODY)
    before = await told(client)
    theirs = {
        "id": "other",
        "tariffs": [{"id": 9, "name": {"en": "Nine"}}],
        "performances": [SHOW | {"scope": 1}],
    }
    assert "'scope' 1" in (await announce(client, BODY | theirs, 400))["error"]
    assert await told(client) == before
    same_night = await announce(client, BODY | {"id": "other"})
    assert [show["scope"] for show in same_night["performances"]] == [2]


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("id",), None, "'id'"),
        (("id",), "Winter Gala", "'id'"),
        (("id",), "../gala", "'id'"),
        (("id",), "gala\n", "'id'"),
        (("id",), "g" * 41, "'id'"),
        (("name",), "", "'name'"),
        (("name",), "x" * 201, "'name'"),
        (("name",), "two\nlines", "'name'"),
        (("name",), "half a pair \ud800", "UTF-8"),
        (("name",), 7, "'name'"),
        (("zones",), None, "'zones'"),
        (("zones",), ["Stalls"], "'zones'"),
        (("zones",), {"32": "Roof"}, "'zones'"),
        (("zones",), {"-1": "Roof"}, "'zones'"),
        (("zones",), {"01": "Roof"}, "'zones'"),
        (("zones",), {"²": "Roof"}, "'zones'"),
        (("zones",), {"0": " "}, "'zones' 0"),
        (("zones",), {"0": 7}, "'zones'"),
        (("performances",), None, "'performances'"),
        (("performances",), [], "'performances'"),
        (("performances",), [SHOW] * 201, "'performances'"),
        (("performances",), [SHOW, SHOW], "same name and start"),
        (
            ("performances",),
            [SHOW | {"scope": 3}, SHOW | {"scope": 3, "name": "B"}],
            "same scope",
        ),
        (("performances", 0), "tonight", "'performances' 1"),
        (("performances", 0, "scope"), 0, "'performances' 1: 'scope'"),
        (("performances", 0, "scope"), 2**32, "'performances' 1: 'scope'"),
        (("performances", 0, "scope"), "1", "'performances' 1: 'scope'"),
        (("performances", 0, "name"), None, "'performances' 1: 'name'"),
        (("performances", 0, "doors"), "2026-11-22T19:00:00", "'performances' 1: 'doors'"),
        (("performances", 0, "doors"), "2026-11-22T20:00:01+01:00", "'performances' 1: 'doors'"),
        (("performances", 0, "doors"), "0001-01-01T00:00:00+14:00", "'performances' 1: 'doors'"),
        (("performances", 0, "start"), "tonight", "'performances' 1: 'start'"),
        (("performances", 0, "start"), 1_795_000_000, "'performances' 1: 'start'"),
        (("performances", 0, "end"), "2026-11-22T20:00:00+01:00", "'performances' 1: 'end'"),
        (("performances", 0, "end"), "9999-12-31T23:59:59-14:00", "'performances' 1: 'end'"),
        (("performances", 0, "zone"), None, "'performances' 1: 'zone'"),
        (("performances", 0, "zone"), "Europe", "'performances' 1: 'zone'"),
        (("performances", 0, "zone"), "../../etc/passwd", "'performances' 1: 'zone'"),
        (("performances", 0, "zone"), "Mars/Olympus", "'performances' 1: 'zone'"),
        (("performances", 0, "zone"), "\x00", "'performances' 1: 'zone'"),
        (("performances", 0, "cutoff_min"), 1441, "'performances' 1: 'cutoff_min'"),
        (("performances", 0, "cutoff_min"), True, "'performances' 1: 'cutoff_min'"),
        (("tariffs",), None, "'tariffs'"),
        (("tariffs",), [TARIFF, TARIFF], "same id"),
        (("tariffs",), [TARIFF] * 201, "'tariffs'"),
        (("tariffs", 1, "id"), 0, "'tariffs' 2: 'id'"),
        (("tariffs", 1, "id"), 65_536, "'tariffs' 2: 'id'"),
        (("tariffs", 1, "name"), "Student", "'tariffs' 2: 'name'"),
        (("tariffs", 1, "name"), {}, "'tariffs' 2: 'name'"),
        (("tariffs", 1, "name"), {"English": "Student"}, "'tariffs' 2: 'name'"),
        (("tariffs", 1, "name"), {"en": ""}, "'tariffs' 2: 'name'"),
        (("tariffs", 1, "name"), {"en": "x" * 201}, "'tariffs' 2: 'name'"),
        (("tariffs", 1, "icon"), "../icon", "'tariffs' 2: 'icon'"),
        (("tariffs", 1, "attention"), ["card"], "'tariffs' 2: 'attention'"),
        (("tariffs", 1, "attention"), {"en": "a\u2028b"}, "'tariffs' 2: 'attention'"),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_kept(
    client: Client, path: tuple[str | int, ...], value: object, named: str
) -> None:
    answer = await announce(client, with_(BODY, path, value), 400)
    assert named in answer["error"]
    assert await told(client) == {"events": [], "tariffs": []}


async def test_a_stranger_announces_nothing(client: Client) -> None:
    answer = await client.post(EVENTS, json=BODY, headers={"Authorization": "Bearer wrong"})
    assert answer.status == 401
    assert await told(client) == {"events": [], "tariffs": []}
