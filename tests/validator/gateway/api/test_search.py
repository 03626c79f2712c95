import logging
from typing import Any

import pytest

from doubles.gateway.live import LiveGateway
from validator.gateway.services import SEARCHES_A_MINUTE
from validator.gateway.trust.auth import Role

FIELDS = {
    *("number", "seat", "tariff", "performance", "admits", "distributor", "state", "inside"),
}


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def find(live: LiveGateway, token: str | None, **body: object) -> tuple[int, Any]:
    return await live.call("POST", "/api/v1/search", body, token)


async def test_case_blanks_and_dashes_do_not_matter(live: LiveGateway) -> None:
    token = await live.user("Tol", Role.STEWARD)
    number = live.evening.crowd[0]
    bare = number.replace("-", "").lower()
    for query in (number, bare, f" {number.replace('-', ' ')} ", number.replace("-", "–")):
        status, answer = await find(live, token, query=query)
        assert status == 200
        (ticket,) = answer["tickets"]
        assert set(ticket) == FIELDS
        assert (ticket["number"], ticket["performance"]) == (number, live.evening.tonight)


async def test_an_orders_number_finds_its_tickets_and_a_limit_holds(live: LiveGateway) -> None:
    device = await live.enrolled()
    order = live.evening.crowd[0].partition("-")[0]
    _, answer = await find(live, device.token, query=order, limit=50)
    numbers = [ticket["number"] for ticket in answer["tickets"]]
    assert live.evening.crowd[0] in numbers
    assert all(number.startswith(f"{order}-") for number in numbers)
    _, answer = await find(live, device.token, query=order, limit=1)
    assert len(answer["tickets"]) == 1


async def test_the_state_is_told(live: LiveGateway) -> None:
    token = await live.user("Sta", Role.SUPERVISOR)
    used = live.evening.crowd[1]
    await live.call("POST", "/api/v1/check-ins", {"gate": "a", "code": live.code(used)}, token)
    for number, state, inside in (
        (live.evening.crowd[2], "ok", 0),
        (live.evening.cancelled, "cancelled", 0),
        (live.evening.exchanged, "exchanged", 0),
        (live.evening.unpaid, "unpaid", 0),
        (live.evening.reissued, "ok", 0),
        (used, "used", 1),
    ):
        _, answer = await find(live, token, query=number)
        assert [(t["state"], t["inside"]) for t in answer["tickets"]] == [(state, inside)], number


async def test_strangers_find_nothing(live: LiveGateway) -> None:
    assert (await find(live, None, query="1001"))[0] == 401
    assert (await find(live, "wrong", query="1001"))[0] == 401
    device = await live.enrolled()
    await live.call("POST", f"/api/v1/devices/{device.id}/revoke", token=live.admin)
    assert (await find(live, device.token, query="1001"))[0] == 403


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": "10"},
        {"query": "1--  0"},
        {"query": "1" * 81},
        {"query": 1001},
        {"query": "1001", "limit": 0},
        {"query": "1001", "limit": 51},
        {"query": "1001", "name": "x"},
    ],
)
async def test_a_wrong_search_is_one_sentence(live: LiveGateway, body: dict[str, object]) -> None:
    status, answer = await find(live, live.admin, **body)
    assert (status, set(answer)) == (400, {"error"})


async def test_who_searches_too_often_waits_and_others_do_not(live: LiveGateway) -> None:
    hasty, other = await live.user("Has", Role.STEWARD), await live.user("Oth", Role.STEWARD)
    for _ in range(SEARCHES_A_MINUTE):
        assert (await find(live, hasty, query="none"))[0] == 200
    status, answer = await find(live, hasty, query="none")
    assert (status, "Wait" in answer["error"]) == (429, True)
    assert (await find(live, other, query="none"))[0] == 200


async def test_the_log_tells_who_and_how_many_but_not_what(
    live: LiveGateway, caplog: pytest.LogCaptureFixture
) -> None:
    device = await live.enrolled()
    number = live.evening.crowd[3]
    with caplog.at_level(logging.INFO, "validator.gateway"):
        _, answer = await find(live, device.token, query=number)
    (line,) = [r.getMessage() for r in caplog.records if r.getMessage().startswith("searched")]
    assert f"who={device.id}" in line
    assert "found=1" in line
    assert number not in caplog.text
    assert live.code(number) not in caplog.text + str(answer)
