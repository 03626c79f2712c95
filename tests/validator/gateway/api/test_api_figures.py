import asyncio
import json
import os
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from doubles.gateway.live import CLOCK, LiveGateway, sold
from validator.feed import Snapshot, open_frame
from validator.gateway.gateway import Gateway
from validator.gateway.host.listeners import bind
from validator.wire.codec import unpack_plain

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def check_in(live: LiveGateway, token: str, **body: object) -> tuple[int, Any]:
    return await live.call("POST", "/api/v1/check-ins", {"gate": "a", **body}, token)


async def test_the_figures_follow_the_check_ins(live: LiveGateway, steward: str) -> None:
    _, before = await live.call("GET", "/api/v1/counts")
    await check_in(live, steward, code=live.code(live.evening.crowd[6]))
    _, after = await live.call("GET", "/api/v1/counts")
    assert after["venue"] == "Town hall"
    assert after["performances"][0]["entered"] == before["performances"][0]["entered"] + 1
    assert after["decisions"]["admit"] == before["decisions"]["admit"] + 1
    assert [gate["id"] for gate in after["gates"]] == ["a", "out"]


async def test_the_stream_of_figures_begins_at_once_and_tells_a_change(
    live: LiveGateway, steward: str
) -> None:
    async with asyncio.timeout(10), live.http.get(live.url("/api/v1/counts/stream")) as stream:
        assert stream.content_type == "text/event-stream"
        first = await next_figures(stream)
        await check_in(live, steward, code=live.code(live.evening.crowd[7]))
        entered = first["performances"][0]["entered"]
        while (await next_figures(stream))["performances"][0]["entered"] != entered + 1:
            continue


async def next_figures(stream: aiohttp.ClientResponse) -> Any:
    while not (line := await stream.content.readline()).startswith(b"data: "):
        assert line
    return json.loads(line.removeprefix(b"data: "))


async def test_a_stream_gives_a_sealed_snapshot_and_then_what_is_new(live: LiveGateway) -> None:
    device = await live.enrolled()
    public = live.daemon.gateway.services.feed.public

    async def frames(since: str = "") -> list[Any]:
        async with live.http.get(
            live.url("/api/v1/streams/catalogue" + since),
            headers={"Authorization": f"Bearer {device.token}"},
        ) as answer:
            assert answer.status == 200
            assert answer.content_type == "application/msgpack"
            return [open_frame(item, public) for item in unpack_plain(await answer.read())]

    first, *rest = await frames()
    assert isinstance(first, Snapshot)
    cursor = (rest[-1] if rest else first).cursor
    since = f"?since={cursor.epoch.counter}.{cursor.epoch.random:016x}-{cursor.sequence}"
    assert await frames(since) == []
    foreign = f"?since={cursor.epoch.counter}.{0:016x}-{cursor.sequence}"
    assert isinstance((await frames(foreign))[0], Snapshot)
    for path, status in (("nonsense!", 404), ("catalogue?since=x", 400)):
        answer = await live.call("GET", f"/api/v1/streams/{path}", token=device.token)
        assert answer[0] == status


async def test_health_and_readiness(live: LiveGateway) -> None:
    assert await live.call("GET", "/healthz") == (200, {"ok": True})
    status, body = await live.call("GET", "/readyz")
    assert (status, body["ready"], body["never_heard"]) == (200, True, [])
    assert body["clock"] == {"verified": True, "why": ""}


async def test_a_gateway_that_never_heard_its_box_office_is_not_ready(tmp_path: Path) -> None:
    _, config = await asyncio.to_thread(sold, tmp_path)
    gateway = Gateway(config, CLOCK, os.urandom, bind(config.plain, "plain"))
    await gateway.start()
    url = f"http://{gateway.plain}/readyz"
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        assert answer.status == 503
        body = await answer.json()
        assert (body["ready"], body["never_heard"]) == (False, ["boxoffice"])
    await gateway.stop()


async def test_the_description_names_every_address_and_every_reference_resolves(
    live: LiveGateway,
) -> None:
    _, api = await live.call("GET", "/api/v1/openapi.json")
    assert api["openapi"].startswith("3.1")
    text = json.dumps(api)
    for name in set(text.split("#/components/schemas/")[1:]):
        assert name.split('"')[0] in api["components"]["schemas"]
    for path in ("/api/v1/check-ins", "/api/v1/enrol", "/api/v1/counts/stream", "/healthz"):
        assert path in api["paths"]


async def test_errors_are_sentences_at_every_wrong_address(live: LiveGateway) -> None:
    for method, path, status in (("GET", "/nothing", 404), ("DELETE", "/api/v1/counts", 405)):
        answer = await live.call(method, path)
        assert answer[0] == status
        assert set(answer[1]) == {"error"}
