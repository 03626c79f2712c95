"""Over the API: what waits for a guest, and entries against a refusal."""

from typing import Any

import pytest

from doubles.gateway.live import CLOCK, LiveGateway
from validator.clock import iso
from validator.gateway.ledger.claims import answer_claim
from validator.gateway.trust.auth import Role
from validator.model import CheckInId, DeviceId, Direction, Scan, uuid7
from validator.wire.messages import ClaimRequest

pytestmark = pytest.mark.asyncio(loop_scope="module")


def new_id() -> str:
    return uuid7(CLOCK.now(), CLOCK.boot_ns().to_bytes(10, "big"))


async def reported(live: LiveGateway, token: str, **item: object) -> dict[str, Any]:
    shown = {"at": iso(CLOCK.now()), "gate": "a", "assurance": "provisional", "id": new_id()} | item
    status, answer = await live.call(
        "POST", "/api/v1/check-ins/batch", {"check_ins": [shown]}, token
    )
    assert status == 200
    (outcome,) = answer["outcomes"]
    return dict(outcome)


async def test_only_a_supervisor_lets_in_against_a_refusal(live: LiveGateway) -> None:
    steward = await live.user("Ada", Role.STEWARD)
    boss = await live.user("Grace", Role.SUPERVISOR)
    number = live.evening.full[0]
    code = live.code(number)
    scan = {"gate": "a", "code": code}
    await live.call("POST", "/api/v1/check-ins", scan, steward)
    _, verdict = await live.call("POST", "/api/v1/check-ins", scan, steward)
    assert verdict["decision"] == "refuse"
    entry = {"code": code, "decision": "admit", "override_of": verdict["id"]}
    refused = await reported(live, steward, **entry)
    assert not refused["accepted"]
    assert "only supervisors" in refused["why"]
    assert not (await reported(live, boss, **entry | {"decision": "check"}))["accepted"]
    assert not (await reported(live, boss, **entry | {"override_of": "no"}))["accepted"]
    outcome = await reported(live, boss, **entry)
    assert (outcome["accepted"], outcome["conflict"]) == (True, False)
    _, history = await live.call("GET", f"/api/v1/tickets/{number}", None, boss)
    assert [event["override"] for event in history["events"]] == [False, False, True]
    assert history["inside"] == 2


async def test_what_waits_is_listed_for_staff_only(live: LiveGateway) -> None:
    steward = await live.user("Joan", Role.STEWARD)
    assert (await live.call("GET", "/api/v1/claims", None, steward)) == (200, {"waiting": []})
    device = await live.enrolled()
    status, _ = await live.call("GET", "/api/v1/claims", None, device.token)
    assert status == 403


async def test_an_entry_that_nobody_told_the_end_of_is_listed_and_a_supervisor_lets_it_go(
    live: LiveGateway,
) -> None:
    steward = await live.user("Mary", Role.STEWARD)
    boss = await live.user("Katherine", Role.SUPERVISOR)
    device, committer = await live.enrolled(), live.daemon.gateway.services.committer
    number = live.evening.group
    scan = Scan(CheckInId(new_id()), live.code(number), CLOCK.now(), count=3)
    verdict = await answer_claim(
        committer, DeviceId(device.id), ClaimRequest(scan, "a", Direction.ENTRY)
    )
    assert verdict.passes
    _, found = await live.call("GET", "/api/v1/claims", None, steward)
    assert [each["id"] for each in found["waiting"]] == [None], "who can't release it gets no id"
    _, found = await live.call("GET", "/api/v1/claims", None, boss)
    (waiting,) = found["waiting"]
    assert waiting | {"at": ""} == {
        "id": scan.id,
        "state": "claimed",
        "gate": "a",
        "device": device.id,
        "direction": "entry",
        "count": 3,
        "at": "",
    }
    other = {"gate": "a", "code": live.code(number), "count": 2}
    _, refused = await live.call("POST", "/api/v1/check-ins", other, steward)
    assert refused["decision"] == "refuse", "3 of 4 are being admitted elsewhere"
    path = f"/api/v1/claims/{scan.id}/release"
    assert (await live.call("POST", path, None, steward))[0] == 403
    assert (await live.call("POST", path, None, boss)) == (200, {"released": True})
    assert (await live.call("POST", path, None, boss))[0] == 400
    assert (await live.call("GET", "/api/v1/claims", None, steward)) == (200, {"waiting": []})
    _, admitted = await live.call("POST", "/api/v1/check-ins", other, steward)
    assert admitted["decision"] == "admit"
