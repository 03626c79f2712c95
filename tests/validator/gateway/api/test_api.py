import asyncio
from typing import Any

import pytest

from doubles.gateway.live import CLOCK, LiveGateway
from validator.clock import iso
from validator.gateway.api.middleware import MAX_BODY
from validator.model import is_uuid7, uuid7

FIELDS = {
    *("id", "code", "decision", "reason", "assurance", "ticket", "count", "first_use"),
    *("age_s", "next", "conflict"),
}


pytestmark = pytest.mark.asyncio(loop_scope="module")


def new_id() -> str:
    return uuid7(CLOCK.now(), CLOCK.boot_ns().to_bytes(10, "big"))


async def check_in(live: LiveGateway, token: str, **body: object) -> tuple[int, Any]:
    return await live.call("POST", "/api/v1/check-ins", {"gate": "a", **body}, token)


async def test_a_good_ticket_enters_once(live: LiveGateway, steward: str) -> None:
    number = live.evening.crowd[0]
    status, first = await check_in(live, steward, code=live.code(number))
    assert status == 200
    assert set(first) == FIELDS
    assert (first["decision"], first["reason"]) == ("admit", "ok")
    assert (first["assurance"], first["next"]) == ("confirmed", "let_in")
    assert (first["ticket"], first["count"], first["conflict"]) == (number, 1, False)
    assert is_uuid7(first["id"])
    _, second = await check_in(live, steward, code=live.code(number))
    assert (second["decision"], second["reason"], second["count"]) == ("refuse", "already_used", 0)
    assert set(second["first_use"]) == {"at", "gate", "seat"}
    assert second["first_use"]["gate"] == "a"


async def test_a_refusal_is_an_answer_not_an_error(live: LiveGateway, steward: str) -> None:
    for code, reason in (
        (live.code(live.evening.cancelled), "cancelled"),
        (live.code(live.evening.next_day), "wrong_date"),
        ("E1:NONSENSE", "malformed"),
        ("no such code", "unknown"),
    ):
        status, verdict = await check_in(live, steward, code=code)
        assert (status, verdict["decision"], verdict["reason"]) == (200, "refuse", reason)


async def test_the_same_id_and_body_give_the_stored_answer(live: LiveGateway, steward: str) -> None:
    body = {"id": new_id(), "code": live.code(live.evening.crowd[1])}
    first = await check_in(live, steward, **body)
    assert first[1]["decision"] == "admit"
    assert await check_in(live, steward, **body) == first
    status, answer = await check_in(live, steward, **body, count=1)
    assert status == 409
    assert "id" in answer["error"]


async def test_a_group_enters_in_parts_and_never_beyond_its_number(
    live: LiveGateway, steward: str
) -> None:
    code = live.code(live.evening.group)
    _, two = await check_in(live, steward, code=code, count=2)
    assert (two["decision"], two["count"]) == ("admit", 2)
    _, three = await check_in(live, steward, code=code, count=3)
    assert (three["decision"], three["reason"], three["count"]) == ("refuse", "limit_reached", 0)
    _, rest = await check_in(live, steward, code=code)
    assert (rest["decision"], rest["count"]) == ("admit", 2)


async def test_who_left_by_the_exit_is_counted_out(live: LiveGateway, steward: str) -> None:
    code = live.code(live.evening.crowd[2])
    await check_in(live, steward, code=code)
    _, out = await check_in(live, steward, code=code, gate="out")
    assert (out["decision"], out["next"]) == ("admit", "let_out")


async def test_a_ticket_number_is_typed_at_a_device_or_by_people_and_is_good_for_one_entry(
    live: LiveGateway, steward: str
) -> None:
    number = live.evening.crowd[3]
    device = await live.enrolled()
    _, verdict = await check_in(live, device.token, ticket=number.lower())
    assert (verdict["decision"], verdict["ticket"]) == ("admit", number)
    _, again = await check_in(live, steward, ticket=number)
    assert again["reason"] == "already_used"
    _, history = await live.call("GET", f"/api/v1/tickets/{number}", None, steward)
    assert history["events"][0]["by"] == "number", "and is marked as typed"
    _, by_code = await check_in(live, device.token, code=live.code(number))
    assert by_code["reason"] == "already_used"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"code": "x", "at": "2026-11-22T19:00Z"}, "'at'"),
        ({}, "'code' or 'ticket'"),
        ({"code": "x", "ticket": "y"}, "'code' or 'ticket'"),
        ({"code": ""}, "'code'"),
        ({"code": 7}, "'code'"),
        ({"code": "x" * 4097}, "'code'"),
        ({"code": "x", "gate": "nowhere"}, "nowhere"),
        ({"code": "x", "gate": None}, "'gate'"),
        ({"code": "x", "count": 0}, "'count'"),
        ({"code": "x", "count": True}, "'count'"),
        ({"code": "x", "cuont": 1}, "'cuont'"),
        ({"code": "x", "direction": "in"}, "'direction'"),
        ({"code": "x", "id": "1"}, "version 7"),
        ({"code": "x", "id": "1b4e28ba-2fa1-11d2-883f-0016d3cca427"}, "version 7"),
    ],
)
async def test_a_wrong_request_is_one_sentence(
    live: LiveGateway, steward: str, body: dict[str, object], named: str
) -> None:
    status, answer = await check_in(live, steward, **body)
    assert status == 400
    assert set(answer) == {"error"}
    assert named in answer["error"]


async def test_bodies_are_bounded(live: LiveGateway, steward: str) -> None:
    status, answer = await check_in(live, steward, code="x" * MAX_BODY)
    assert status == 413
    assert "larger" in answer["error"]
    for data in (b"{", b"[]", b'"x"', b"[" * 100_000):
        async with live.http.post(
            live.url("/api/v1/check-ins"),
            data=data,
            headers={"Authorization": f"Bearer {steward}"},
        ) as refused:
            assert refused.status == 400


async def test_a_batch_has_one_outcome_each_and_a_bad_item_blocks_nobody(
    live: LiveGateway, steward: str
) -> None:
    good = {
        "id": new_id(),
        "at": iso(CLOCK.now()),
        "gate": "a",
        "decision": "admit",
        "assurance": "provisional",
        "code": live.code(live.evening.crowd[4]),
    }
    unknown = {**good, "id": new_id(), "code": "nobody knows it", "decision": "refuse"}
    twice = {**good, "id": new_id(), "assurance": "provisional"}
    no_time = {key: value for key, value in good.items() if key != "at"} | {"id": new_id()}
    items = [good, {**good, "decision": "yes"}, no_time, 7, unknown, twice]
    path = "/api/v1/check-ins/batch"
    status, answer = await live.call("POST", path, {"check_ins": items}, steward)
    assert status == 200
    accepted = [outcome["accepted"] for outcome in answer["outcomes"]]
    assert accepted == [True, False, False, False, True, True]
    assert "'at'" in answer["outcomes"][2]["why"]
    assert answer["outcomes"][0]["id"] == good["id"]
    # Two people came in with one ticket: both entries stand, one of them is named.
    assert sum(outcome["conflict"] for outcome in answer["outcomes"]) == 1
    again = await live.call("POST", path, {"check_ins": [good]}, steward)
    assert again[1]["outcomes"][0]["accepted"]
    status, _ = await live.call("POST", path, {"check_ins": [good] * 501}, steward)
    assert status == 400


async def test_a_tickets_history_is_for_staff(live: LiveGateway, steward: str) -> None:
    number = live.evening.crowd[5]
    await check_in(live, steward, code=live.code(number))
    status, ticket = await live.call("GET", f"/api/v1/tickets/{number}", token=steward)
    assert (status, ticket["number"], ticket["inside"]) == (200, number, 1)
    device = await live.enrolled()
    assert (await live.call("GET", f"/api/v1/tickets/{number}", token=device.token))[0] == 403
    assert (await live.call("GET", "/api/v1/tickets/0-0-NONE", token=steward))[0] == 404


async def test_a_cancellation_wakes_the_poller_and_is_refused_at_once(
    live: LiveGateway, steward: str
) -> None:
    number = live.evening.to_cancel
    key = live.daemon.gateway.secrets.boxoffice_key
    status, _ = await live.call(
        "POST",
        f"/boxoffice/api/v1/tickets/{number}/cancel",
        {"refund": "none", "reason": "test"},
        key,
    )
    assert status == 200
    async with asyncio.timeout(10):
        while True:
            path = f"/api/v1/tickets/{number}"
            if (await live.call("GET", path, token=steward))[1]["revocations"]:
                break
            await asyncio.sleep(0.02)
    _, verdict = await check_in(live, steward, code=live.code(number))
    assert verdict["reason"] == "cancelled"


async def test_waking_needs_the_upstreams_own_key(live: LiveGateway, steward: str) -> None:
    path = "/api/v1/upstreams/boxoffice/wake"
    key = live.daemon.gateway.secrets.wake_key("boxoffice")
    assert (await live.call("POST", path))[0] == 401
    assert (await live.call("POST", path, token=steward))[0] == 401
    assert (await live.call("POST", path, token=key))[0] == 202
    assert (await live.call("POST", "/api/v1/upstreams/none/wake", token=key))[0] == 404
