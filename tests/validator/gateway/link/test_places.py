"""Where a device may let people in, and by what: on the link and over HTTP alike."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubles.gateway.committer_with_devices import Venue, token
from doubles.gateway.live import CLOCK, Device, LiveGateway
from doubles.gateway.raw_wire import claim, from_nothing, journal, welcomed
from validator.clock import MINUTE_MS, iso
from validator.feed import Snapshot
from validator.gateway.ledger.departures import ON_ITS_WAY_MS
from validator.gateway.ledger.places import WrongGate
from validator.gateway.trust.registry import Registry
from validator.model import (
    Assurance,
    CheckInId,
    Decision,
    Direction,
    Scan,
    uuid7,
)
from validator.wire.messages import Acknowledged, Claimed, ClaimRequest, GiveBack, Upload

linked = pytest.mark.asyncio(loop_scope="module")


def new_id() -> CheckInId:
    return uuid7(CLOCK.now(), CLOCK.boot_ns().to_bytes(10, "big"))


async def sent(live: LiveGateway, device: Device, gate: str) -> None:
    path = f"/api/v1/devices/{device.id}/gate"
    assert (await live.call("PUT", path, {"gate": gate}, live.admin))[0] == 200


@linked
async def test_a_device_types_a_number_on_the_link_as_over_http(live: LiveGateway) -> None:
    device = await live.enrolled()
    one, two = live.evening.crowd[4:6]
    async with welcomed(live, device) as wire:
        typed = Scan(new_id(), one.lower(), CLOCK.now(), number=True)
        await wire.say(ClaimRequest(typed, "a", Direction.ENTRY))
        verdict = (await wire.hear(Claimed)).verdict
        assert (verdict.decision, verdict.assurance) == (Decision.ADMIT, Assurance.CONFIRMED)
    body = {"ticket": two.lower(), "gate": "a"}
    status, answer = await live.call("POST", "/api/v1/check-ins", body, device.token, tls=True)
    assert (status, answer["decision"], answer["assurance"]) == (200, "admit", "confirmed")


@linked
async def test_a_device_claims_for_no_other_gate_on_the_link_nor_over_http(
    live: LiveGateway,
) -> None:
    device, other = await live.enrolled("a"), await live.enrolled("out")
    number = live.evening.crowd[6]
    async with welcomed(live, other) as wire:
        await wire.say(claim(live, number))
        own = replace(claim(live, number), gate="out", direction=Direction.EXIT)
        await wire.say(own)
        assert (await wire.hear(Claimed)).id == own.scan.id, "the foreign one got no answer"
        await wire.say(GiveBack(own.scan.id))
    body = {"code": live.code(number), "gate": "a"}
    status, told = await live.call("POST", "/api/v1/check-ins", body, other.token)
    assert status == 403
    assert "at gate out" in told["error"]
    assert (await live.call("POST", "/api/v1/check-ins", body | {"gate": "moon"}, other.token))[
        0
    ] == 400
    async with welcomed(live, device) as wire:
        await wire.say(claim(live, number))
        assert (await wire.hear(Claimed)).verdict.decision is Decision.ADMIT, "nothing was reserved"


@linked
async def test_a_device_that_has_no_gate_lets_nobody_in(live: LiveGateway) -> None:
    device = await live.enrolled(gate="")
    body = {"code": live.code(live.evening.crowd[7]), "gate": "a"}
    status, told = await live.call("POST", "/api/v1/check-ins", body, device.token)
    assert status == 403
    assert "at no gate" in told["error"]


@linked
async def test_a_claim_for_the_gate_that_a_lane_just_left_is_not_lost(live: LiveGateway) -> None:
    device = await live.enrolled("a")
    async with welcomed(live, device, (from_nothing("catalogue"),)) as wire:
        await wire.frame(Snapshot)
        await sent(live, device, "out")
        await wire.say(claim(live, live.evening.crowd[8]))
        assert (await wire.hear(Claimed)).verdict.assurance is Assurance.CONFIRMED
        leaving = replace(claim(live, live.evening.crowd[8]), gate="out", direction=Direction.EXIT)
        await wire.say(leaving)
        assert (await wire.hear(Claimed)).verdict.decision is Decision.ADMIT


@linked
async def test_what_was_shown_at_another_gate_is_taken(live: LiveGateway) -> None:
    device = await live.enrolled("out")
    async with welcomed(live, device) as wire:
        await wire.say(Upload(tuple(journal(live, wire.device, live.evening.crowd[9:10]))))
        answer = await wire.hear(Acknowledged)
        assert [outcome.accepted for outcome in answer.outcomes] == [True]
    shown = {"id": new_id(), "at": iso(CLOCK.now()), "gate": "a", "decision": "admit"}
    shown |= {"assurance": "provisional", "ticket": live.evening.crowd[10]}
    body = {"check_ins": [shown]}
    _, told = await live.call("POST", "/api/v1/check-ins/batch", body, device.token)
    assert [outcome["accepted"] for outcome in told["outcomes"]] == [True]


async def test_the_gate_left_counts_for_a_minute_and_an_answer_given_stays(venue: Venue) -> None:
    registry = Registry(venue.committer, venue.entropy)
    secret, _ = await registry.invite("a")
    device, _ = await registry.enrol(secret, "Handheld")
    lane = venue.lane(device.id, "a")
    asked = lane.scan(token(1))
    first = await lane.claim(asked)
    await registry.assign(device.id, "garden")
    venue.hand.go(ON_ITS_WAY_MS)
    assert (await lane.claim(lane.scan(token(2)))).passes
    venue.hand.go(1)
    assert ON_ITS_WAY_MS == MINUTE_MS
    with pytest.raises(WrongGate):
        await lane.claim(lane.scan(token(3)))
    assert await lane.claim(asked) == first, "asked for again, it is told again"
    assert (await venue.lane(device.id, "garden").claim(lane.scan(token(3)))).passes
    await registry.assign(device.id, "a")
    await registry.assign(device.id, "")
    assert (await lane.claim(lane.scan(token(4)))).passes, "both were left this minute"
