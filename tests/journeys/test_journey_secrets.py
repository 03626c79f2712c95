"""After an evening no log, figure, error or page has told a secret, a code, a name or a number."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from doubles.gateway.live import Device, LiveGateway, live_gateway
from journeys.venue.stdin_lane import StdinLane
from journeys.venue.venue import Venue
from validator.gateway.host.logs import Line
from validator.gateway.trust.auth import Role

STAFF = "Zebulon Quastenflosser"
GUEST_NUMBERS = 6


def secrets_of(folder: Path) -> set[str]:
    return {file.read_text().strip() for file in folder.glob("*.token")} | {
        file.read_bytes().hex() for file in folder.glob("*.key")
    }


async def scanned(live: LiveGateway, device: Device, steward: str) -> str:
    """Do what happens in an evening, and what goes wrong in one; return all the errors' words."""
    errors: list[str] = []

    async def ask(method: str, path: str, body: object, token: str) -> None:
        status, answer = await live.call(method, path, body, token)
        if status >= 400:
            errors.append(str(answer))

    numbers = live.evening.crowd[:GUEST_NUMBERS]
    for number in numbers:
        code = live.code(number)
        for spoilt in (code, code[:-3], code + "x", "\x1b[31m" + code, code * 40):
            for extra in ({}, {"gate": "moon"}, {"at": "now"}, {code[:30]: 1}):
                body = {"code": spoilt, "gate": "a", "direction": "entry"} | extra
                await ask("POST", "/api/v1/check-ins", body, device.token)
        await ask("POST", "/api/v1/search", {"query": number, "limit": 900}, steward)
        await ask("POST", "/api/v1/search", {"query": number}, steward)
        await ask("GET", f"/api/v1/streams/{number}", None, device.token)
    for wrong in (device.token + "x", steward[:-1], live.admin[::-1]):
        await ask("GET", "/api/v1/devices", None, wrong)
    await ask("POST", "/api/v1/enrol", {"secret": "0123456789", "name": STAFF}, "")
    await ask("POST", "/api/v1/users", {"name": STAFF, "role": "steward"}, live.admin)
    assert errors
    return "\n".join(errors)


async def test_nothing_that_the_gateway_says_holds_a_secret_code_name_or_number(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with live_gateway(tmp_path) as live:
        device = await live.enrolled(name=STAFF)
        steward = await live.user(STAFF, Role.STEWARD)
        caplog.clear()
        errors = await scanned(live, device, steward)
        pages = [errors]
        metrics = (tmp_path / "metrics.token").read_text().strip()
        for path, token in (
            ("/metrics", metrics),
            ("/api/v1/counts", live.admin),
            ("/readyz", live.admin),
            ("/healthz", live.admin),
        ):
            headers = {"Authorization": f"Bearer {token}"}
            async with live.http.get(live.url(path), headers=headers) as answer:
                pages.append(await answer.text())
        numbers = set(live.evening.crowd[:GUEST_NUMBERS])
        codes = {live.code(number) for number in numbers}
        names = {order.customer for order in live.daemon.gateway.office.orders.latest(100)}
    ours = [record for record in caplog.records if record.name.startswith("validator")]
    said = "\n".join([*pages, *(Line().format(record) for record in ours)])
    hidden = secrets_of(tmp_path) | codes | names | numbers | {device.token, steward, STAFF}
    assert len(hidden) > 20
    assert not [word for word in hidden if word in said]
    assert "\x1b" not in said


async def test_nothing_that_a_lane_writes_holds_a_secret_or_code_and_the_terminal_is_safe(
    venue: Venue,
) -> None:
    await venue.open()
    lane = StdinLane(await venue.enrolled("lane"))
    await lane.begin()
    try:
        for stream in venue.streams:
            await lane.heard(0, event="applied", stream=stream)
        numbers = venue.evening.crowd[:3]
        for number in numbers:
            await lane.scan(venue.code(number))
        for hostile in ("\x1b[2J\x1b]0;owned\x07", "https://evil.example/?q=1", "A" * 8000):
            shown = await lane.scan(hostile)
            assert shown["event"] == "fault" or shown["decision"] == "refuse"
    finally:
        await lane.kill()
    said = "".join(str(line) for line in lane.lines)
    identity = (lane.state / "identity.json").read_text()
    hidden = {venue.code(number) for number in numbers} | set(identity.split('"')[3::4])
    assert not [word for word in hidden if len(word) > 20 and word in said]
    for hostile in ("\x1b", "\\x1b", "evil.example", "A" * 100, "owned"):
        assert hostile not in said
