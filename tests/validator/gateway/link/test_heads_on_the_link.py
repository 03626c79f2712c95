"""Signed heads travel over the link, both ways."""

from __future__ import annotations

import asyncio
from pathlib import Path

from doubles.gateway.live import Device, LiveGateway, live_gateway
from doubles.gateway.raw_wire import journal, welcomed
from validator.clock import Instant
from validator.enrolment import read_enrolment_code
from validator.gateway.ledger.verification import verify_journals
from validator.keys import SigningKey
from validator.model import DeviceId
from validator.wire.head import Head, Witness, genuine, signed
from validator.wire.messages import Acknowledged, Ping, Pong, Telemetry, Upload

KEY = SigningKey.from_seed(b"d" * 32)


async def enrolled(live: LiveGateway) -> Device:
    _, made = await live.call("POST", "/api/v1/devices/codes", {"gate": "a"}, live.admin)
    _, secret = read_enrolment_code(made["code"])
    body = {"secret": secret.hex(), "name": "Handheld", "key": KEY.public.hex()}
    _, answer = await live.call("POST", "/api/v1/enrol", body, tls=True)
    return Device(answer["device"], answer["token"])


def signed_rows(live: LiveGateway, device: Device) -> int:
    services = live.daemon.gateway.services
    with services.store.reading() as session:
        findings = {
            found.journal: found for found in verify_journals(session, services.feed.public)
        }
    assert findings[device.id].broken is None
    return findings[device.id].signed


async def test_a_lane_keeps_the_gateways_head_and_shows_its_own(tmp_path: Path) -> None:
    async with live_gateway(tmp_path) as live:
        device = await enrolled(live)
        rows = journal(live, DeviceId(device.id), live.evening.crowd[:2])
        async with welcomed(live, device) as wire:
            await wire.say(Upload(tuple(rows)))
            await wire.hear(Acknowledged)
            kept = (await wire.hear(Witness)).head
            assert genuine(kept, live.daemon.gateway.services.feed.public)
            own = signed(Head(device.id, 2, rows[1].hash, Instant(1)), KEY)
            await wire.say(Telemetry(0, head=own, witness=kept))
            async with asyncio.timeout(10):
                while signed_rows(live, device) < 2:
                    await wire.say(Ping(Instant(1)))
                    await wire.hear(Pong)
