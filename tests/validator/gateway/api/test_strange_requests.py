"""Requests that no honest client sends: refused with a sentence, and no 500, whoever asks."""

from __future__ import annotations

import gzip
import json
import logging
import zlib

import pytest
import pytest_asyncio

from doubles.gateway.live import LiveGateway
from doubles.gateway.stranger import stranger
from validator.clock import iso
from validator.gateway.trust.auth import Role

pytestmark = pytest.mark.asyncio(loop_scope="module")

GARBAGE = b"\x00no such thing\xff" * 20
HOLLOW = b'{"secret": "0000000000", "name": "Handheld"}'

ROUTES = (
    ("POST", "/api/v1/enrol"),
    ("POST", "/api/v1/check-ins"),
    ("POST", "/api/v1/check-ins/batch"),
    ("POST", "/api/v1/search"),
    ("POST", "/api/v1/users"),
    ("POST", "/api/v1/devices/codes"),
    ("POST", "/counter/session"),
    ("POST", "/counter/api/v1/orders"),
    ("POST", "/counter/api/v1/imports"),
    ("POST", "/boxoffice/api/v1/events"),
    ("POST", "/boxoffice/api/v1/orders"),
    ("POST", "/boxoffice/api/v1/check-ins"),
    ("POST", "/boxoffice/api/v1/imports"),
)
"""What takes a body, on both applications and at the counter."""


async def ask(
    live: LiveGateway, method: str, path: str, data: bytes, **headers: str
) -> tuple[int, str]:
    """Ask as somebody who may."""
    key = live.daemon.gateway.secrets.boxoffice_key if "boxoffice" in path else live.admin
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    named["Authorization"] = f"Bearer {key}"
    async with live.http.request(method, live.url(path), data=data, headers=named) as answer:
        return answer.status, await answer.text()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def cookie(live: LiveGateway) -> str:
    """Somebody's at the counter."""
    body = {"name": "Eve", "password": await live.user("Eve", Role.SUPERVISOR)}
    async with live.http.post(live.url("/counter/session"), json=body) as answer:
        assert answer.status == 200
        found = answer.headers["Set-Cookie"].partition(";")[0]
    live.http.cookie_jar.clear()
    return found


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", "GZIP"])
@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_garbage_that_says_it_is_packed_is_a_bad_request(
    live: LiveGateway, cookie: str, method: str, path: str, encoding: str
) -> None:
    headers = {"Content_Encoding": encoding, "Cookie": cookie}
    pack = zlib.compress if encoding == "deflate" else gzip.compress
    for data in (GARBAGE, pack(HOLLOW)[:-3], pack(HOLLOW) + GARBAGE):
        status, said = await ask(live, method, path, data, **headers)
        assert status == 400, said
        assert json.loads(said)["error"]


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "rot13", "gzip, gzip", "gzip,br"])
@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_a_way_to_pack_that_is_not_known_is_named(
    live: LiveGateway, cookie: str, method: str, path: str, encoding: str
) -> None:
    status, said = await ask(live, method, path, GARBAGE, Content_Encoding=encoding, Cookie=cookie)
    assert (status, "gzip, deflate" in said) == (415, True)


@pytest.mark.parametrize("path", ["/api/v1/upstreams/boxoffice/wake", "/nowhere", "/healthz"])
@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "rot13"])
async def test_a_body_that_nobody_reads_is_no_fault_either(
    live: LiveGateway, caplog: pytest.LogCaptureFixture, path: str, encoding: str
) -> None:
    method = "GET" if path == "/healthz" else "POST"
    status, _ = await ask(live, method, path, GARBAGE, Content_Encoding=encoding)
    assert status in (200, 401, 404)
    assert (await live.call("GET", "/healthz"))[0] == 200
    assert not [line for line in caplog.records if line.levelno >= logging.ERROR]


async def test_what_is_packed_well_is_read(live: LiveGateway) -> None:
    halves = gzip.compress(b'{"query": ') + gzip.compress(b'"Nobody"}')
    whole = b'{"query": "Nobody"}'
    raw = zlib.compressobj(wbits=-15)
    for encoding, data in (
        ("gzip", gzip.compress(whole)),
        ("x-gzip", halves),
        ("deflate", zlib.compress(whole)),
        ("deflate", raw.compress(whole) + raw.flush()),
        ("identity", whole),
        ("", whole),
    ):
        path = "/api/v1/search"
        status, said = await ask(live, "POST", path, data, Content_Encoding=encoding)
        assert status == 200, (encoding, said)


@pytest.mark.parametrize("path", ["/api/v1/check-ins", "/boxoffice/api/v1/events"])
async def test_a_body_that_unpacks_to_more_than_is_read_is_too_large(
    live: LiveGateway, path: str
) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    status, said = await ask(live, "POST", path, bomb, Content_Encoding="gzip")
    assert (status, "larger" in said) == (400 if "boxoffice" in path else 413, True)


@pytest.mark.parametrize(("method", "path"), [each for each in ROUTES if "imports" not in each[1]])
async def test_a_body_in_which_a_name_is_there_twice_is_refused(
    live: LiveGateway, cookie: str, method: str, path: str
) -> None:
    for body in (
        b'{"name": "a", "name": "b"}',
        b'{"name": "a", "n\\u0061me": "a"}',
        b'{"deep": [{"x": {"y": 1, "z": 2, "y": 1}}]}',
    ):
        status, said = await ask(live, method, path, body, Cookie=cookie)
        assert (status, "twice" in said) == (400, True), said


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
async def test_numbers_that_json_has_not_are_refused(live: LiveGateway, number: str) -> None:
    for path in ("/api/v1/search", "/boxoffice/api/v1/orders"):
        status, said = await ask(live, "POST", path, f'{{"limit": {number}}}'.encode())
        assert (status, "JSON" in said) == (400, True)


MALFORMED = (
    b"\x16\x03\x01 no HTTP\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"G@T / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"x" * 9_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nno colon\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"POST /api/v1/enrol HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n-4\r\nx\r\n",
)


@pytest.mark.parametrize("at", ["tls", "plain"])
async def test_what_is_no_request_is_counted_and_answered_without_a_name(
    live: LiveGateway, caplog: pytest.LogCaptureFixture, at: str
) -> None:
    for request in MALFORMED:
        async with stranger(live, at=at) as one:
            one.writer.write(request)
            said = await one.gone()
            head, _, body = said.partition(b"\r\n\r\n")
            assert b" 40" in head.splitlines()[0], request
            assert b"server:" not in head.lower()
            assert json.loads(body)["error"]
    assert not [line for line in caplog.records if line.levelno >= logging.ERROR]
    said_of = {line.getMessage() for line in caplog.records if "malformed" in line.getMessage()}
    assert not any("127.0.0.1" in line for line in said_of)


async def test_no_answer_tells_what_serves_it(live: LiveGateway) -> None:
    bearer = {"Authorization": f"Bearer {live.admin}"}
    for path in (
        *("/", "/healthz", "/nowhere", "/api/v1/devices", "/api/v1/counts", "/counter/"),
        *("/counter", "/counter/session", "/counter/api/v1/orders", "/boxoffice/api/v1/events"),
        *("/boxoffice/nowhere", "/api/v1/link", "/api/v1/counts/stream", "/metrics"),
    ):
        for headers in ({}, bearer):
            async with live.http.get(
                live.url(path), headers=headers, allow_redirects=False
            ) as answer:
                assert "Server" not in answer.headers, path
            answer.close()
    async with live.http.get(live.url("/"), headers={"Host": "evil.example"}) as answer:
        assert (answer.status, "Server" in answer.headers) == (421, False)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.0.0.1:8080", "127.0.0.1:", "localhost", "LOCALHOST:1", "localhost."),
        *("localhost.:8080", "[::1]", "[::1]:8080"),
    ],
)
async def test_this_machine_has_these_names(live: LiveGateway, host: str) -> None:
    async with live.http.get(live.url("/api/v1/counts"), headers={"Host": host}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1:evil.example", "127.0.0.1:1@evil.example", "127.0.0.1:8080:evil.example"),
        *("localhost:x", "[::1]:x", "[::1]evil.example", "[::1].evil.example", "localhost.."),
        *("localhost.evil.example", "evil.localhost", "127.0.0.1.", "user@127.0.0.1", "127.1"),
        *("127.0.0.1,evil.example", "127.0.0.1 evil.example", "evil.example:127.0.0.1", ""),
        *("[::ffff:127.0.0.1]", "0", "127.0.0.1/evil.example", "127.0.0.1:+80", "127.0.0.1:٣"),
    ],
)
async def test_no_other_name_is_this_machine(live: LiveGateway, host: str) -> None:
    async with stranger(live, at="plain") as one:
        one.send(f"GET /api/v1/counts HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
        said = (await one.gone()).splitlines()[0]
        assert b" 421 " in said or b" 400 " in said, host


async def test_a_second_host_does_not_hide_behind_the_first(live: LiveGateway) -> None:
    lines = "Host: 127.0.0.1\r\nHost: evil.example\r\nConnection: close\r\n"
    async with stranger(live, at="plain") as one:
        one.send(f"GET /api/v1/counts HTTP/1.1\r\n{lines}\r\n")
        assert b" 200 " not in (await one.gone()).splitlines()[0]


@pytest.mark.parametrize(
    "at",
    ["2026-W47-7T19:04:05Z", "20261122T190405Z", "2026-11-22T19:04:05+01:00:30", "2026-11-22"],
)
async def test_a_time_that_is_not_rfc_3339_is_refused_everywhere(
    live: LiveGateway, at: str
) -> None:
    shown = {
        "id": "019a0000-0000-7000-8000-000000000001",
        "at": at,
        "gate": "a",
        "code": "x",
        "decision": "refuse",
        "reason": "unknown",
        "assurance": "provisional",
    }
    body = json.dumps({"check_ins": [shown]}).encode()
    _, said = await ask(live, "POST", "/api/v1/check-ins/batch", body)
    assert "RFC 3339" in said
    body = json.dumps({"check_ins": [shown | {"kind": "shown"}]}).encode()
    _, said = await ask(live, "POST", "/boxoffice/api/v1/check-ins", body)
    assert "RFC 3339" in said
    for field in ("doors", "start", "end"):
        body = json.dumps(event(live, **{field: at})).encode()
        status, said = await ask(live, "POST", "/boxoffice/api/v1/events", body)
        assert (status, "RFC 3339" in said) == (400, True), said


@pytest.mark.parametrize("zone", ["posixrules", "localtime", "Factory", "right/UTC", "posix/UTC"])
async def test_a_zone_that_is_not_the_ianas_is_refused(live: LiveGateway, zone: str) -> None:
    body = json.dumps(event(live, zone=zone)).encode()
    status, said = await ask(live, "POST", "/boxoffice/api/v1/events", body)
    assert (status, "IANA" in said) == (400, True), said


def event(live: LiveGateway, **changes: str) -> dict[str, object]:
    now = iso(live.daemon.gateway.services.clock.now())
    show = {"name": "Tonight", "doors": now, "start": now, "end": "2098-01-01T00:00:00Z"}
    return {
        "id": "play",
        "name": "Play",
        "zones": {},
        "performances": [show | {"zone": "Europe/Zurich"} | changes],
        "tariffs": [{"id": 1, "name": {"en": "Full"}}],
        "offers": [],
    }


async def test_the_event_of_these_tests_is_right_but_for_what_they_change(
    live: LiveGateway,
) -> None:
    body = json.dumps(event(live, zone="Europe/Zurich")).encode()
    status, said = await ask(live, "POST", "/boxoffice/api/v1/events", body)
    assert status == 201, said
