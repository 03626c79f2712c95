import json
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from doubles.evening import FULL, GATE, STUDENT, TOMORROW, TONIGHT
from doubles.gateway.committer_with_devices import CODE_KEY, FEED, Venue, listing, token
from validator.clock import Instant
from validator.feed.names import USES, stream_of
from validator.gateway.figures.counts import counts
from validator.gateway.host.feed_keys import FeedKeys
from validator.gateway.ledger.catalogue_cache import CatalogueCache
from validator.gateway.ledger.claims import answer_check_in
from validator.gateway.ledger.ticket_history import ticket_history
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.store.devices import DeviceRecord
from validator.gateway.store.uses import UseRow
from validator.model import (
    Decision,
    DeviceId,
    Direction,
    Kind,
    Next,
    Reason,
    Scan,
    TicketId,
    Use,
    Verdict,
    inside,
    uuid7,
)


def figures(venue: Venue) -> dict[str, Any]:
    with venue.store.reading() as session:
        cache, now = CatalogueCache(CODE_KEY, frozenset), venue.hand.clock.now()
        made = counts(UnitOfWork(session, cache, FeedKeys(FEED), now), connected=2)
    assert json.loads(json.dumps(made)) == made
    return made


def tonight(venue: Venue) -> dict[str, Any]:
    (here,) = [item for item in figures(venue)["performances"] if item["scope"] == TONIGHT]
    return {name: here[name] for name in ("entered", "left", "inside")}


async def test_an_empty_house_counts_nobody(venue: Venue) -> None:
    assert tonight(venue) == {"entered": 0, "left": 0, "inside": 0}
    made = figures(venue)
    assert made["decisions"] == {"admit": 0, "check": 0, "refuse": 0, "repeat": 0}
    assert made["sources"] == [{"id": "box", "name": "Box office", "age_s": 0.0}]
    assert made["lanes"] == {"enrolled": 0, "connected": 2, "awaited": []}
    assert [gate["id"] for gate in made["gates"]] == ["a", "garden", "out"]


async def test_people_are_counted_not_scans(venue: Venue) -> None:
    lane, out = venue.lane("lane-1"), venue.lane("lane-3", "out")
    await lane.admits(token(1, admits=4), 3)
    await lane.admits(token(2))
    await out.admits(token(1, admits=4), 2)
    assert tonight(venue) == {"entered": 4, "left": 2, "inside": 2}
    gates = {gate["id"]: (gate["entered"], gate["left"]) for gate in figures(venue)["gates"]}
    assert gates == {"a": (4, 0), "garden": (0, 0), "out": (0, 2)}


async def test_an_undo_and_a_smaller_confirmation_count_down(venue: Venue) -> None:
    lane = venue.lane()
    sent_away = lane.admits_alone(lane.scan(token(1)))
    scan = lane.scan(token(2, admits=4))
    held = lane.shows(scan, await lane.claim(scan), kind=Kind.HOLD)
    await lane.upload()
    assert tonight(venue)["entered"] == 5
    lane.names(Kind.UNDO, sent_away.id)
    lane.names(Kind.CONFIRM, held.id, count=3)
    await lane.upload()
    assert tonight(venue)["entered"] == 3


async def test_exits_without_an_entry_are_summed_as_one_ticket_at_a_time_is(venue: Venue) -> None:
    draw = Random(7)
    made: dict[TicketId, list[Use]] = {}
    with venue.store.transaction() as session:
        for number in range(400):
            ticket = TicketId(f"box:{number % 60}")
            use = Use(
                uuid7(venue.hand.clock.now(), draw.randbytes(10)),
                ticket,
                draw.choice((TONIGHT, TOMORROW)),
                draw.choice(tuple(Direction)),
                draw.randint(1, 4),
                Instant(venue.hand.clock.now() + draw.randint(0, 90)),
                "a",
                DeviceId("lane-1"),
            )
            made.setdefault(ticket, []).append(use)
            session.uses.put(UseRow(use))
    for scope in (TONIGHT, TOMORROW):
        here = {item["scope"]: item["inside"] for item in figures(venue)["performances"]}[scope]
        assert here == sum(
            inside(
                use
                for use in sorted(uses, key=lambda use: (use.at, use.id))
                if use.performance == scope
            )
            for uses in made.values()
        )


async def test_a_refusal_is_counted_and_lets_nobody_in(venue: Venue) -> None:
    client = DeviceId("api:kiosk")
    for _ in range(2):
        scan = Scan(venue.id(), token(1), venue.hand.clock.now())
        await answer_check_in(venue.committer, client, scan, "a")
    made = figures(venue)
    assert made["decisions"] == {"admit": 1, "check": 0, "refuse": 1, "repeat": 0}
    assert made["reasons"] == {"already_used": 1, "ok": 1}
    assert made["provisional"] == 0
    assert tonight(venue)["entered"] == 1


@pytest.mark.parametrize("performances", [(TONIGHT,), (TOMORROW, TONIGHT)])
async def test_an_entry_against_a_refusal_of_an_unknown_code_counts_for_what_is_on(
    venue: Venue, performances: tuple[int, ...]
) -> None:
    await venue.apply(entries=(replace(GATE, performances=performances),))
    lane = venue.lane()
    scan = Scan(venue.id(), "no ticket of ours", venue.hand.clock.now())
    unknown = Verdict(Decision.REFUSE, Reason.UNKNOWN, Next.HELP_DESK)
    refused = lane.shows(scan, unknown)
    granted = refused.overridden(venue.id(), venue.hand.clock.now(), 0, 2, Kind.SHOWN)
    assert granted.performance == 0
    lane.append(granted)
    await lane.upload()
    assert tonight(venue) == {"entered": 2, "left": 0, "inside": 2}
    await venue.uses_publisher.cut()
    with venue.store.reading() as session:
        assert [key for key, _ in session.streams.rows(stream_of(USES, TONIGHT))] == [
            granted.id.encode()
        ]
    lane.names(Kind.UNDO, granted.id)
    await lane.upload()
    await venue.uses_publisher.cut()
    with venue.store.reading() as session:
        assert session.streams.rows(stream_of(USES, TONIGHT)) == ()
    assert tonight(venue)["inside"] == 0


async def test_a_source_that_was_heard_in_the_future_is_of_unknown_age(venue: Venue) -> None:
    venue.hand.wall_ms -= 600_000
    assert figures(venue)["sources"][0]["age_s"] is None
    lane = venue.lane()
    verdict = await lane.claim(lane.scan(token(1)))
    assert (verdict.age_s, verdict.reason) == (None, Reason.STALE_DATA)


async def test_tariffs_and_resellers_are_told_apart(venue: Venue) -> None:
    await venue.apply(listings=(listing(2, distributor="Kiosk 24", tariff=STUDENT),))
    lane = venue.lane()
    for serial in (1, 2, 3):
        await lane.admits(token(serial))
    made = figures(venue)
    assert made["tariffs"] == [
        {"scope": TONIGHT, "id": FULL, "name": "Full price", "entered": 2},
        {"scope": TONIGHT, "id": STUDENT, "name": "Student", "entered": 1},
    ]
    assert made["distributors"] == [
        {"name": "", "entered": 2},
        {"name": "Kiosk 24", "entered": 1},
    ]
    assert made["decisions"]["check"] == 1


async def test_provisional_entries_conflicts_and_debts_are_shown(venue: Venue) -> None:
    for name in ("lane-1", "lane-2"):
        lane = venue.lane(name)
        lane.admits_alone(lane.scan(token(1)))
        await lane.upload()
    device = DeviceRecord(DeviceId("lane-1"), "Main", "a", b"h", venue.hand.clock.now())
    with venue.store.transaction() as session:
        session.devices.put(device)
    venue.hand.go(12_300)
    made = figures(venue)
    assert (made["provisional"], made["conflicts"], made["owed"]) == (2, 1, {"box": 2})
    assert made["sources"][0]["age_s"] == 12.3
    assert made["lanes"]["enrolled"] == 1


async def test_a_tickets_history_tells_all_that_happened(venue: Venue) -> None:
    await venue.apply(listings=(listing(1),))
    lane = venue.lane()
    shown = lane.admits_alone(lane.scan(token(1)))
    lane.names(Kind.UNDO, shown.id)
    await lane.upload()
    history = await venue.committer.read(lambda work: ticket_history(work.session, "n-1"))
    assert history is not None
    assert json.loads(json.dumps(history)) == history
    assert (history["number"], history["seat"], history["inside"]) == ("N-1", "F 12", 0)
    assert [event["kind"] for event in history["events"]] == ["shown", "undo"]
    assert await venue.committer.read(lambda work: ticket_history(work.session, "N-2")) is None
