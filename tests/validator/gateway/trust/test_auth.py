import itertools
from typing import Any

import pytest

from doubles.gateway.live import LiveGateway
from validator.enrolment import read_enrolment_code
from validator.errors import RetryLater
from validator.gateway.api.app import ENDPOINTS
from validator.gateway.trust.auth import Role, new_token, token_hash
from validator.gateway.trust.rate_limit import RateLimit

TOTALS = {
    *("/", "/board.css", "/board.js", "/icon.svg", "/healthz", "/readyz"),
    *("/api/v1/counts", "/api/v1/counts/stream", "/api/v1/openapi.json"),
}
BY_OTHER_MEANS = {"/api/v1/authority", "/api/v1/enrol", "/api/v1/upstreams/{id}/wake"}


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def status_of(live: LiveGateway, method: str, path: str, **more: Any) -> int:
    headers = {"Authorization": f"Bearer {more.pop('token')}"} if "token" in more else {}
    if more.pop("tls", False):
        more |= {"ssl": live.trust(), "server_hostname": "entrance-gateway"}
        url = live.url(path, tls=True)
    else:
        url = live.url(path)
    async with live.http.request(method, url, headers=headers, **more) as answer:
        return answer.status


async def test_without_a_token_only_totals_are_open_and_only_to_this_machine(
    live: LiveGateway,
) -> None:
    paths = [(endpoint.method, endpoint.path) for endpoint in ENDPOINTS]
    for method, path in [*paths, ("GET", "/"), ("GET", "/board.js")]:
        if path in BY_OTHER_MEANS:
            continue
        plain = path.replace("{", "").replace("}", "")
        expected = 200 if path in TOTALS else 401
        assert await status_of(live, method, plain) == expected, path
        assert await status_of(live, method, plain, tls=True) == 401, path


async def test_a_token_opens_the_totals_on_the_network(live: LiveGateway) -> None:
    token = await live.user("Figures", Role.STEWARD)
    assert await status_of(live, "GET", "/api/v1/counts", tls=True, token=token) == 200
    assert await status_of(live, "GET", "/healthz", tls=True, token=token) == 200


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic QWRh", "Bearer x", "x" * 5000])
async def test_what_is_no_token_is_refused(live: LiveGateway, header: str) -> None:
    async with live.http.get(
        live.url("/api/v1/devices"), headers={"Authorization": header}
    ) as answer:
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert "token" in (await answer.json())["error"]


async def test_each_role_reaches_what_it_may_and_no_more(live: LiveGateway) -> None:
    device = (await live.enrolled()).token
    steward = await live.user("Steward", Role.STEWARD)
    supervisor = await live.user("Supervisor", Role.SUPERVISOR)
    for path, allowed in (
        ("/api/v1/streams/catalogue", {device, steward, supervisor}),
        ("/api/v1/tickets/0-0-NONE", {steward, supervisor}),
        ("/api/v1/devices", {supervisor}),
        ("/api/v1/users", {supervisor}),
    ):
        for token in (device, steward, supervisor):
            status = await status_of(live, "GET", path, token=token)
            assert status in ((200, 404) if token in allowed else (403,)), path


async def test_a_removed_user_is_shut_out_at_once(live: LiveGateway) -> None:
    token = await live.user("Guest", Role.SUPERVISOR)
    assert await status_of(live, "GET", "/api/v1/users", token=token) == 200
    assert (await live.call("DELETE", "/api/v1/users/Guest", token=live.admin))[0] == 200
    assert await status_of(live, "GET", "/api/v1/users", token=token) == 401
    assert (await live.call("DELETE", "/api/v1/users/Guest", token=live.admin))[0] == 400


async def test_names_are_unique_and_roles_are_known(live: LiveGateway) -> None:
    path = "/api/v1/users"
    await live.user("Twice", Role.STEWARD)
    for body in (
        {"name": "Twice", "role": "steward"},
        {"name": "local", "role": "supervisor"},
        {"name": "Robot", "role": "device"},
        {"name": "Robot", "role": "king"},
        {"name": " ", "role": "steward"},
        {"name": "x" * 81, "role": "steward"},
    ):
        assert (await live.call("POST", path, body, live.admin))[0] == 400, body


async def test_no_token_and_no_hash_leaves_the_store(live: LiveGateway) -> None:
    token = await live.user("Secret", Role.STEWARD)
    listed = str(await live.call("GET", "/api/v1/users", token=live.admin))
    listed += str(await live.call("GET", "/api/v1/devices", token=live.admin))
    assert token not in listed
    assert token_hash(token).hex() not in listed
    with live.daemon.gateway.services.store.reading() as session:
        stored = [user.token_hash for user in session.users.all()]
    assert token_hash(token) in stored
    assert token.encode() not in stored


async def test_another_name_for_this_machine_reads_no_totals(live: LiveGateway) -> None:
    for host, status in (
        ("evil.example", 421),
        ("evil.example:8080", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost:8080", 200),
        ("[::1]:8080", 200),
        ("127.0.0.1", 200),
    ):
        async with live.http.get(live.url("/api/v1/counts"), headers={"Host": host}) as answer:
            assert answer.status == status, host


async def test_a_code_enrols_one_device_once(live: LiveGateway) -> None:
    first = await live.enrolled("a", "Handheld of the main door")
    second = await live.enrolled("a", "Handheld of the main door")
    assert first.id != second.id
    _, listed = await live.call("GET", "/api/v1/devices", token=live.admin)
    assert {first.id, second.id} <= {device["id"] for device in listed["devices"]}


async def test_a_used_code_lets_no_second_device_in(live: LiveGateway) -> None:
    _, made = await live.call("POST", "/api/v1/devices/codes", {"gate": "a"}, live.admin)
    _, secret = read_enrolment_code(made["code"])
    body = {"secret": secret.hex(), "name": "Handheld"}
    assert (await live.call("POST", "/api/v1/enrol", body, tls=True))[0] == 200
    status, answer = await live.call("POST", "/api/v1/enrol", body, tls=True)
    assert status == 403 and "used" in answer["error"]


async def test_a_wrong_secret_is_refused_and_guessing_is_slowed(live: LiveGateway) -> None:
    path = "/api/v1/enrol"
    for body in ({"secret": "zz", "name": "x"}, {"secret": "00" * 5}, {"name": "x"}):
        assert (await live.call("POST", path, body, tls=True))[0] == 400
    statuses = [
        (await live.call("POST", path, {"secret": f"{guess:010x}", "name": "x"}, tls=True))[0]
        for guess in range(8)
    ]
    # Another test of this venue has used up one try.
    assert statuses in ([403] * 6 + [429] * 2, [403] * 5 + [429] * 3)


async def test_an_invitation_to_a_gate_that_is_not_there_is_refused(live: LiveGateway) -> None:
    path = "/api/v1/devices/codes"
    status, answer = await live.call("POST", path, {"gate": "moon"}, live.admin)
    assert status == 400
    assert "a, out" in answer["error"]


async def test_tokens_are_long_and_never_the_same() -> None:
    numbers = itertools.count()
    tokens = {new_token(lambda size: next(numbers).to_bytes(size, "big")) for _ in range(10)}
    assert len(tokens) == 10
    assert min(map(len, tokens)) == 43


async def test_wrong_tries_are_forgotten_after_a_minute_and_others_go_on() -> None:
    now = [100.0]
    searches = RateLimit("searches", lambda: now[0], each=2)
    searches.take("a")
    now[0] += 1
    searches.take("a")
    now[0] += 1
    with pytest.raises(RetryLater) as refused:
        searches.take("a")
    assert refused.value.after_s == 58.0
    searches.take("b")
    now[0] += 59.5
    searches.take("a")
