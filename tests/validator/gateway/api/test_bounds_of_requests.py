"""Whatever a stranger or a device sends over HTTP is bounded, and answered with a sentence."""

import json

import pytest

from doubles.gateway.live import LiveGateway
from validator.gateway.api.bounds import LONGEST_QUERY

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_header_and_a_path_are_bounded_and_the_gateway_goes_on(live: LiveGateway) -> None:
    for path, header in (("/healthz", "x" * 9_000), ("/" + "x" * 9_000, "")):
        async with live.http.get(live.url(path), headers={"X-Long": header}) as answer:
            assert answer.status == 400
    assert (await live.call("GET", "/healthz"))[0] == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/search", {"query": "x" * (LONGEST_QUERY + 1)}),
        ("/api/v1/check-ins", {"gate": "a", "code": "x" * 4_097}),
        ("/api/v1/check-ins", {"gate": "a", "ticket": "x" * 65}),
        ("/api/v1/check-ins", {"gate": "a" * 33, "code": "x"}),
        ("/api/v1/enrol", {"secret": "00" * 6, "name": "Handheld"}),
        ("/api/v1/enrol", {"secret": "00" * 5, "name": "x" * 81}),
        ("/api/v1/users", {"name": "x" * 81, "role": "steward"}),
    ],
)
async def test_a_text_beyond_its_bound_is_refused_and_not_repeated(
    live: LiveGateway, path: str, body: dict[str, str]
) -> None:
    status, answer = await live.call("POST", path, body, live.admin)
    assert status == 400
    assert "xxxx" not in answer["error"]


@pytest.mark.parametrize(
    "data",
    [b"[" * 500_000, b'{"a":' * 150_000, b'{"code": ' + b"9" * 100_000 + b"}", b"\xff" * 1_000],
    ids=["arrays", "objects", "number", "bytes"],
)
async def test_json_that_would_exhaust_a_parser_is_none(live: LiveGateway, data: bytes) -> None:
    headers = {"Authorization": f"Bearer {live.admin}"}
    async with live.http.post(live.url("/api/v1/check-ins"), data=data, headers=headers) as answer:
        assert answer.status == 400
        assert json.loads(await answer.text())["error"]
