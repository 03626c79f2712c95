"""Webhooks: told what happened, signed, until the receiver has taken it; nobody else hears it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from doubles.gateway.live import CLOCK, LiveGateway, live_gateway
from validator.clock import Instant, iso
from validator.errors import FixConfig
from validator.gateway.daemon import Daemon
from validator.gateway.hooks.settings import HookSettings, read
from validator.gateway.hooks.webhook import signature
from validator.gateway.sources.followed_source import SourceLedger
from validator.gateway.trust.auth import Role

SECRET = b"0123456789abcdef0123456789abcdef"
KEY = "whsec_" + base64.b64encode(SECRET).decode()


@dataclass
class Receiver:
    """Somebody else's server.

    Args:
        moods: Its next answers: a status, or None = it hangs up; after these 204.
    """

    moods: list[int | None] = field(default_factory=list)
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    times: int = 0
    followed: int = 0
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        id, at_s = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        signed = f"{id}.{at_s}.".encode() + body
        own = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
        assert request.headers["webhook-signature"] == f"v1,{own}"
        assert abs(int(at_s) - CLOCK.now() / 1000) < 60
        self.times += 1
        mood = self.moods.pop(0) if self.moods else 204
        if mood is None:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if mood < 300:
            self.taken[id] = json.loads(body)
        self.heard.set()
        elsewhere = {"Location": str(request.url.with_path("/elsewhere"))}
        return web.Response(status=mood, headers=elsewhere if mood == 302 else {})

    async def elsewhere(self, request: web.Request) -> web.Response:
        self.followed += 1
        return web.Response()

    def cancelled(self, since: Instant) -> list[dict[str, Any]]:
        """Return what was told of cancellations from an instant on; the evening has older ones."""
        rows = [row["data"] for row in self.taken.values() if row["type"] == "cancelled"]
        return [row for row in rows if row["since"] >= iso(since)]

    def types(self) -> set[str]:
        return {message["type"] for message in self.taken.values()}

    async def until(self, ready: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not ready():
                self.heard.clear()
                await self.heard.wait()


@asynccontextmanager
async def listening(receiver: Receiver) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    app.router.add_route("*", "/elsewhere", receiver.elsewhere)
    async with TestServer(app) as server:
        yield str(server.make_url("/hook"))


async def settled(question: Callable[[], Awaitable[object]]) -> object:
    """Ask until there is an answer."""
    async with asyncio.timeout(20):
        while True:
            if answer := await question():
                return answer
            await asyncio.sleep(0.02)


@asynccontextmanager
async def hooked(
    folder: Path, receiver: Receiver, **more: object
) -> AsyncIterator[tuple[LiveGateway, str]]:
    """Run a gateway with a hook that has begun; yield it and a steward's token."""
    (folder / "hook.key").write_text(KEY)
    async with listening(receiver) as url:
        table = {"name": "crm", "url": url, "key_file": "hook.key", **more}
        hooks = read([table], folder, None)
        async with live_gateway(folder / "data", hooks=hooks) as live:
            committer = live.daemon.gateway.services.committer
            await settled(lambda: SourceLedger(committer).cursor("hook:crm"))
            yield live, await live.user("Ada", Role.STEWARD)


async def scan(live: LiveGateway, token: str, number: str, **more: object) -> str:
    body = {"gate": "a", "code": live.code(number), **more}
    _, verdict = await live.call("POST", "/api/v1/check-ins", body, token)
    return str(verdict["id"])


async def cancel(live: LiveGateway, number: str) -> None:
    key = live.daemon.gateway.secrets.boxoffice_key
    body = {"refund": "none", "reason": "test"}
    path = f"/boxoffice/api/v1/tickets/{number}/cancel"
    assert (await live.call("POST", path, body, key))[0] == 200


async def test_entries_exits_refusals_and_cancellations_are_told(tmp_path: Path) -> None:
    receiver = Receiver()
    wanted = ["entry", "exit", "refusal", "cancelled"]
    async with hooked(tmp_path, receiver, events=wanted) as (live, token):
        evening = live.evening
        entry = await scan(live, token, evening.full[0])
        refusal = await scan(live, token, evening.cancelled)
        leaving = await scan(live, token, evening.full[0], gate="out")
        now = CLOCK.now()
        await cancel(live, evening.to_cancel)
        await receiver.until(lambda: bool(receiver.cancelled(now)))
        await receiver.until(lambda: receiver.types() == set(wanted))
        told = receiver.taken
        assert told[entry]["type"] == "entry"
        assert told[entry]["data"]["venue"] == "Town hall"
        assert told[entry]["data"]["count"] == 1
        assert (told[refusal]["type"], told[refusal]["data"]["reason"]) == ("refusal", "cancelled")
        assert told[leaving]["type"] == "exit"
        (row,) = receiver.cancelled(now)
        assert (row["kind"], row["ticket"] is not None) == ("cancelled", True)
        said = json.dumps(told)
        for number in (evening.full[0], evening.to_cancel):
            assert number not in said, "no ticket numbers unless they are wanted"
            assert live.code(number) not in said


async def test_only_what_is_wanted_and_numbers_if_wanted(tmp_path: Path) -> None:
    receiver = Receiver()
    more = {"events": ["cancelled"], "numbers": True}
    async with hooked(tmp_path, receiver, **more) as (live, token):
        await scan(live, token, live.evening.full[0])
        now = CLOCK.now()
        await cancel(live, live.evening.to_cancel)
        await receiver.until(lambda: bool(receiver.cancelled(now)))
        assert receiver.types() == {"cancelled"}
        assert [row["number"] for row in receiver.cancelled(now)] == [live.evening.to_cancel]


@pytest.mark.parametrize("mood", [500, 429, 401, 404, None])
async def test_a_receiver_that_fails_is_told_again_until_it_takes_it(
    tmp_path: Path, mood: int | None
) -> None:
    receiver = Receiver([mood])
    async with hooked(tmp_path, receiver) as (live, token):
        ids = {await scan(live, token, number) for number in live.evening.full}
        await receiver.until(lambda: set(receiver.taken) == ids)
        assert receiver.times > len(ids)


async def test_what_it_refuses_for_good_holds_nothing_else_up(tmp_path: Path) -> None:
    receiver = Receiver([422])
    async with hooked(tmp_path, receiver) as (live, token):
        for number in live.evening.full:
            await scan(live, token, number)
        await receiver.until(lambda: len(receiver.taken) == 2)
        assert receiver.times == 3


async def test_no_redirect_is_followed_and_the_trouble_is_shown(tmp_path: Path) -> None:
    receiver = Receiver([302] * 50)
    async with hooked(tmp_path, receiver) as (live, token):
        await scan(live, token, live.evening.full[0])
        await receiver.until(lambda: receiver.times > 0)

        async def alarms() -> object:
            return (await live.call("GET", "/api/v1/counts"))[1]["alarms"]

        assert await settled(alarms) == [
            {"source": "hooks", "what": "Hook crm is not told: It answers with status 302."}
        ]
        assert receiver.followed == 0


async def test_what_happened_while_the_receiver_was_away_is_told_after_a_restart(
    tmp_path: Path,
) -> None:
    receiver = Receiver([503] * 1000)
    async with hooked(tmp_path, receiver) as (live, token):
        id = await scan(live, token, live.evening.full[0])
        config = live.daemon.gateway.services.config
    back = Receiver()
    async with listening(back) as url:
        (tmp_path / "hook.key").write_text(KEY)
        table = {"name": "crm", "url": url, "key_file": "hook.key"}
        daemon = Daemon(replace(config, hooks=read([table], tmp_path, None)), CLOCK)
        await daemon.start()
        await back.until(lambda: bool(back.taken))
        await daemon.stop()
    assert list(back.taken) == [id]


@pytest.mark.parametrize("host", ["crm..example.org", "a" * 70 + ".example.org"])
async def test_a_host_that_no_name_server_can_be_asked_for_does_not_end_the_gateway(
    tmp_path: Path, host: str
) -> None:
    async with hooked(tmp_path, Receiver(), url=f"https://{host}/") as (live, token):
        await scan(live, token, live.evening.full[0])
        (hook,) = live.daemon.gateway.hooks

        async def trouble() -> object:
            return hook.trouble

        assert "Hook crm is not told" in str(await settled(trouble))
        ended = asyncio.create_task(live.daemon.failed())
        await scan(live, token, live.evening.full[1])
        assert not ended.done()
        ended.cancel()


def test_the_signature_is_that_of_standard_webhooks() -> None:
    # Source: the specification's own example.
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    made = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/x",
        "ftp://example.org",
        "https://",
        "https://user:secret@example.org/",
        "http://127.0.0.1.example.org/",
        "https://[::1",
        "example.org",
    ],
)
def test_nothing_is_told_in_clear_or_with_a_password_in_the_address(
    url: str, tmp_path: Path
) -> None:
    with pytest.raises(FixConfig, match="`url`"):
        read([{"name": "crm", "url": url}], tmp_path, None)


@pytest.mark.parametrize("key", ["", "secret", "whsec_", "whsec_short", "whsec_" + "!" * 44])
def test_a_weak_key_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(FixConfig, match="whsec_") as refused:
        HookSettings("https://example.org/", key)
    assert "secret" not in str(refused.value)
    assert KEY not in repr(HookSettings("https://example.org/", KEY))


@pytest.mark.parametrize(
    "value",
    [
        "x",
        [{"url": "https://example.org"}],
        [{"name": "a b", "url": "https://example.org"}],
        [{"name": "crm"}],
        [{"name": "crm", "url": "https://example.org", "key": "whsec_x"}],
        [{"name": "crm", "url": "https://example.org", "colour": "blue"}],
        [{"name": "crm", "url": "https://example.org"}] * 2,
    ],
)
def test_wrong_tables_of_hooks_are_named(value: object, tmp_path: Path) -> None:
    with pytest.raises(FixConfig, match="hooks"):
        read(value, tmp_path, None)
