"""Who reaches what: every address of the gateway, with every kind of token."""

from __future__ import annotations

import pytest
import pytest_asyncio

from doubles.gateway.live import LiveGateway
from validator.gateway.api.app import ENDPOINTS
from validator.gateway.api.pages import PAGES
from validator.gateway.trust.auth import Role

DEVICE, STEWARD, SUPERVISOR, MACHINE = "device", "steward", "supervisor", "machine"
SIGNED_IN = {DEVICE, STEWARD, SUPERVISOR, MACHINE}
STAFF = {STEWARD, SUPERVISOR, MACHINE}
CHIEFS = {SUPERVISOR, MACHINE}
ANYBODY = {*SIGNED_IN, "nobody", "revoked"}
OWN_KEY: set[str] = set()
"""Nobody's token opens it, only a key of its own."""

ALLOWED = {
    "POST /api/v1/check-ins": SIGNED_IN,
    "POST /api/v1/check-ins/batch": SIGNED_IN,
    "POST /api/v1/search": SIGNED_IN,
    "GET /api/v1/tickets/{number}": STAFF,
    "GET /api/v1/counts": SIGNED_IN,
    "GET /api/v1/counts/stream": SIGNED_IN,
    "GET /api/v1/streams/{stream}": SIGNED_IN,
    "GET /api/v1/authority": ANYBODY,
    "POST /api/v1/enrol": ANYBODY,
    "GET /api/v1/link": {DEVICE, "revoked"},
    "POST /api/v1/upstreams/{id}/wake": OWN_KEY,
    "GET /api/v1/devices": CHIEFS,
    "POST /api/v1/devices/codes": CHIEFS,
    "PUT /api/v1/devices/{id}/gate": CHIEFS,
    "POST /api/v1/devices/{id}/revoke": CHIEFS,
    "POST /api/v1/devices/{id}/write-off": CHIEFS,
    "GET /api/v1/claims": STAFF,
    "POST /api/v1/claims/{id}/release": CHIEFS,
    "GET /api/v1/held": CHIEFS,
    "POST /api/v1/authority/renew": CHIEFS,
    "GET /api/v1/keys": CHIEFS,
    "GET /api/v1/keys/{id}": CHIEFS,
    "POST /api/v1/keys/rotate": CHIEFS,
    "POST /api/v1/keys/streams/rotate": CHIEFS,
    "POST /api/v1/keys/streams/compromised": CHIEFS,
    "POST /api/v1/keys/{id}/compromised": CHIEFS,
    "GET /api/v1/outbox/refused": CHIEFS,
    "POST /api/v1/outbox/retry": CHIEFS,
    "POST /api/v1/held/{source}/{performance}/approve": CHIEFS,
    "POST /api/v1/retention": CHIEFS,
    "GET /api/v1/users": CHIEFS,
    "POST /api/v1/users": CHIEFS,
    "DELETE /api/v1/users/{name}": CHIEFS,
    "GET /api/v1/openapi.json": SIGNED_IN,
    "GET /healthz": SIGNED_IN,
    "GET /readyz": SIGNED_IN,
    "GET /metrics": OWN_KEY,
}
"""On the network. A new address has to be entered here."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def tokens(live: LiveGateway) -> dict[str, str]:
    revoked = await live.enrolled()
    await live.call("POST", f"/api/v1/devices/{revoked.id}/revoke", {}, live.admin)
    return {
        "nobody": "",
        "revoked": revoked.token,
        DEVICE: (await live.enrolled()).token,
        STEWARD: await live.user("Curious steward", Role.STEWARD),
        SUPERVISOR: await live.user("Supervisor", Role.SUPERVISOR),
        MACHINE: live.admin,
    }


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_every_address_is_in_the_table() -> None:
    assert {f"{endpoint.method} {endpoint.path}" for endpoint in ENDPOINTS} == set(ALLOWED)


async def reached(live: LiveGateway, method: str, path: str, token: str) -> bool:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body: dict[str, str] | None = None if method == "GET" else {}
    async with live.http.request(
        method,
        live.url(path, tls=True),
        json=body,
        headers=headers,
        ssl=live.trust(),
        server_hostname="entrance-gateway",
    ) as answer:
        assert answer.status < 500 or answer.status == 503, (path, answer.status)
        return answer.status not in (401, 403)


@pytest.mark.parametrize("address", sorted(ALLOWED))
async def test_an_address_is_reached_by_those_who_may_and_nobody_else(
    live: LiveGateway, tokens: dict[str, str], address: str
) -> None:
    method, path = address.split()
    plain = path.replace("{stream}", "catalogue").replace("upstreams/{id}", "upstreams/boxoffice")
    plain = plain.replace("{", "").replace("}", "")
    found = {who for who, token in tokens.items() if await reached(live, method, plain, token)}
    assert found == ALLOWED[address]


async def test_pages_on_the_network_need_a_token(live: LiveGateway, tokens: dict[str, str]) -> None:
    for path in PAGES:
        found = {who for who, token in tokens.items() if await reached(live, "GET", path, token)}
        assert found == SIGNED_IN, path


async def test_the_box_office_is_on_this_machine_only_and_has_its_own_key(
    live: LiveGateway, tokens: dict[str, str]
) -> None:
    path = "/boxoffice/api/v1/orders"
    async with live.http.get(
        live.url(path, tls=True), ssl=live.trust(), server_hostname="entrance-gateway"
    ) as answer:
        assert answer.status == 404
    for token in tokens.values():
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with live.http.get(live.url(path), headers=headers) as answer:
            assert answer.status in (401, 403)


async def test_guessing_tokens_is_slowed_and_nobody_else_is(
    live: LiveGateway, tokens: dict[str, str]
) -> None:
    answers = [
        await live.call("GET", "/api/v1/counts", token=f"guess-{number}", tls=True)
        for number in range(62)
    ]
    assert [status for status, _ in answers][-1] == 429
    headers = {"Authorization": "Bearer guess"}
    async with live.http.get(live.url("/api/v1/devices"), headers=headers) as answer:
        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) >= 1
    for who in (DEVICE, STEWARD, SUPERVISOR):
        assert await reached(live, "GET", "/api/v1/counts", tokens[who])
