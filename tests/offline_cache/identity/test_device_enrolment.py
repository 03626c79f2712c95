"""A device joins the venue that gave the code, and no other."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from doubles.gateway.authority import Authority
from doubles.gateway.feed_source import CODE_KEY, FEED_KEY
from doubles.store.device_cache import identity
from offline_cache.errors import (
    AskNewCode,
    CacheError,
    CheckNetwork,
    EnrolAgain,
    LookWhoAnswers,
    WaitAMinute,
)
from offline_cache.identity.enrolment import enrol
from offline_cache.identity.identity import Identity
from validator.enrolment import authority_key_hash, enrolment_code
from validator.errors import FixRequest
from validator.keys import SigningKey

SECRET = bytes(range(5))


class Door:
    """The two routes of a gateway that a new device calls."""

    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self.pem = authority.pem
        self.status = 200
        self.asked: list[dict[str, Any]] = []
        self.answer: Any = {
            "device": "lane-7",
            "token": "secret-token",
            "gateway": "Test venue",
            "feed_key": FEED_KEY.public.hex(),
            "code_key": CODE_KEY.hex(),
            "gate": "a",
        }
        self.address = ""
        app = web.Application()
        app.router.add_get("/api/v1/authority", self._authority)
        app.router.add_post("/api/v1/enrol", self._enrol)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)

    async def open(self) -> None:
        await self._runner.setup()
        context = self.authority.serving()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=context).start()
        self.address = f"127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        await self._runner.cleanup()

    async def _authority(self, request: web.Request) -> web.Response:
        return web.json_response({"pem": self.pem})

    async def _enrol(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        return web.json_response(self.answer, status=self.status)


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    door = Door(Authority(tmp_path / "venue"))
    await door.open()
    yield door
    await door.close()


def code_of(authority: Authority) -> str:
    return enrolment_code(authority_key_hash(authority.pem.encode()), SECRET)


async def test_a_device_gets_its_identity_for_the_code(door: Door, tmp_path: Path) -> None:
    code = code_of(door.authority).lower().replace("-", " ")
    joined = await enrol(code, f"https://{door.address}/", "Main entrance 1")
    key = SigningKey.from_seed(joined.seed).public.hex()
    assert door.asked == [{"secret": SECRET.hex(), "name": "Main entrance 1", "key": key}]
    given = (joined.device, "secret-token", door.address, door.pem, FEED_KEY.public, CODE_KEY)
    assert joined == Identity(*given, joined.seed)
    assert joined.device == "lane-7"
    joined.save(tmp_path / "identity.json")
    assert Identity.load(tmp_path / "identity.json") == joined


async def test_a_gateway_with_another_key_is_refused_before_it_hears_the_secret(
    door: Door, tmp_path: Path
) -> None:
    other = Authority(tmp_path / "other")
    with pytest.raises(EnrolAgain, match="not the gateway"):
        await enrol(code_of(other), door.address, "lane")
    assert not door.asked


async def test_somebody_who_passes_on_the_true_authority_does_not_hear_the_secret(
    door: Door, tmp_path: Path
) -> None:
    true = Authority(tmp_path / "true")
    door.pem = true.pem
    with pytest.raises(EnrolAgain, match="listening in"):
        await enrol(code_of(true), door.address, "lane")
    assert not door.asked


async def test_a_second_certificate_behind_the_true_one_is_not_trusted(
    door: Door, tmp_path: Path
) -> None:
    true = Authority(tmp_path / "true")
    door.pem = true.pem + door.authority.pem
    with pytest.raises(EnrolAgain, match="listening in"):
        await enrol(code_of(true), door.address, "lane")
    assert not door.asked


async def test_a_used_code_says_ask_for_a_new_one(door: Door) -> None:
    door.status = 403
    with pytest.raises(EnrolAgain, match="new one"):
        await enrol(code_of(door.authority), door.address, "lane")


@pytest.mark.parametrize("status", [302, 400, 429, 500])
async def test_other_refusals_are_errors_for_people(door: Door, status: int) -> None:
    door.status = status
    with pytest.raises(CacheError):
        await enrol(code_of(door.authority), door.address, "lane")


@pytest.mark.parametrize("answer", [[], "text", {}, {"device": 1}, {"device": "x" * 70_000}])
async def test_an_answer_that_makes_no_sense_is_an_error_for_people(
    door: Door, answer: Any
) -> None:
    door.answer = answer
    with pytest.raises(CacheError):
        await enrol(code_of(door.authority), door.address, "lane")


@pytest.mark.parametrize("pem", ["", "-----BEGIN CERTIFICATE-----", "x" * 200_000])
async def test_an_authority_that_is_none_is_an_error_for_people(door: Door, pem: str) -> None:
    door.pem = pem
    with pytest.raises(CacheError):
        await enrol(code_of(door.authority), door.address, "lane")


async def test_nobody_at_the_address_is_an_error_for_people(door: Door) -> None:
    await door.close()
    with pytest.raises(CacheError, match="can't be reached"):
        await enrol(code_of(door.authority), door.address, "lane")


@pytest.mark.parametrize("gateway", ["", "host/path", "user@host", "a b", "x" * 300])
async def test_an_address_is_host_and_port(gateway: str) -> None:
    with pytest.raises(FixRequest):
        await enrol(enrolment_code(bytes(8), SECRET), gateway, "lane")


async def test_a_mistyped_code_calls_nobody() -> None:
    with pytest.raises(FixRequest):
        await enrol("ABCD", "127.0.0.1:1", "lane")


def test_an_identity_is_kept_for_its_user_alone_and_shows_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "identity.json"
    identity().save(path)
    identity(token="another").save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert Identity.load(path).token == "another"
    assert [entry.name for entry in tmp_path.iterdir()] == ["identity.json"]
    shown = repr(identity(token="hush"))
    assert "hush" not in shown
    assert CODE_KEY.hex() not in shown
    assert repr(CODE_KEY) not in shown


def test_a_device_without_identity_is_told_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(EnrolAgain, match="entrance-scanner enrol"):
        Identity.load(tmp_path / "identity.json")


@pytest.mark.parametrize("change", ["{", "[]", "null", '{"device": "x"}', "[" * 5000, "\x00"])
def test_a_damaged_identity_says_enrol_again(tmp_path: Path, change: str) -> None:
    path = tmp_path / "identity.json"
    path.write_text(change)
    with pytest.raises(EnrolAgain):
        Identity.load(path)


@pytest.mark.parametrize("field", ["feed_key", "code_key", "token"])
def test_a_damaged_field_says_enrol_again(tmp_path: Path, field: str) -> None:
    path = tmp_path / "identity.json"
    identity().save(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | {field: ""}))
    with pytest.raises(EnrolAgain):
        Identity.load(path)


def test_a_folder_that_can_not_be_written_is_an_error_for_people(tmp_path: Path) -> None:
    with pytest.raises(CacheError):
        identity().save(tmp_path / "nowhere" / "identity.json")


async def test_an_invitation_pins_the_whole_key_of_the_authority(door: Door) -> None:
    code = code_of(door.authority)
    whole = authority_key_hash(door.pem.encode())
    with pytest.raises(LookWhoAnswers):
        await enrol(code, door.address, "lane", pin=whole[:8] + bytes(24))
    assert not door.asked
    assert (await enrol(code, door.address, "lane", pin=whole)).device == "lane-7"


async def test_each_refusal_has_a_kind_of_its_own_for_a_screen(door: Door) -> None:
    code = code_of(door.authority)
    for status, kind in ((403, AskNewCode), (429, WaitAMinute)):
        door.status = status
        with pytest.raises(kind):
            await enrol(code, door.address, "lane")
    await door.close()
    with pytest.raises(CheckNetwork):
        await enrol(code, door.address, "lane")
