"""Devices and users over HTTP, for supervisors and for the commands on this machine."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from validator.clock import iso
from validator.enrolment import enrolment_code
from validator.gateway.api.endpoint import Endpoint
from validator.gateway.api.middleware import body_of
from validator.gateway.api.schemas import GATE, TEXT, TIME, listed, ref, table
from validator.gateway.host.logs import event
from validator.gateway.services import CALLER, SERVICES, Answer, Services
from validator.gateway.store.devices import DeviceRecord
from validator.roles import SUPERVISORS


async def devices(request: web.Request) -> Answer:
    """List the devices, with how they are now."""
    services = request.app[SERVICES]
    awaited = set(await services.registry.awaited())
    records = await services.registry.devices()
    return {
        "devices": [
            device_json(services, record) | {"awaited": record.id in awaited} for record in records
        ]
    }


async def invite(request: web.Request) -> Answer:
    """Make an enrolment code, good for one device and one day."""
    services = request.app[SERVICES]
    body = await body_of(request, ("gate",))
    secret, expires = await services.registry.invite(body.maybe_text("gate", 32) or "")
    return {
        "code": enrolment_code(services.authority.key_hash, secret),
        "expires": iso(expires),
        "pin": services.authority.key_hash.hex(),
    }


async def assign(request: web.Request) -> Answer:
    """Give a device another gate; an empty one takes its place away."""
    services = request.app[SERVICES]
    body = await body_of(request, ("gate",))
    gate = body.maybe_text("gate", 32) or ""
    record = await services.registry.assign(request.match_info["id"], gate)
    services.lanes.assigned(record.id, record.gate, record.revoked)
    event("device_assigned", device=record.id, gate=record.gate)
    return device_json(services, record)


async def revoke(request: web.Request) -> Answer:
    """Shut a device out; it delivers what it owes, and wipes itself."""
    services = request.app[SERVICES]
    record = await services.registry.revoke(request.match_info["id"])
    services.lanes.assigned(record.id, record.gate, record.revoked)
    event("device_revoked", device=record.id)
    return device_json(services, record)


async def write_off(request: web.Request) -> Answer:
    """Await a device no longer that has not come back since a restore."""
    services, device = request.app[SERVICES], request.match_info["id"]
    await services.registry.write_off(device, request[CALLER].name)
    event("device_written_off", device=device)
    return {"awaited": list(await services.registry.awaited())}


def device_json(services: Services, record: DeviceRecord) -> dict[str, Any]:
    """Return a device as the API writes it; no hash leaves the store."""
    lane = services.lanes.find(record.id)
    telemetry = lane.telemetry if lane else None
    return {
        "id": record.id,
        "name": record.name,
        "gate": record.gate or None,
        "revoked": record.revoked,
        "enrolled_at": iso(record.enrolled_at),
        "connected": lane is not None,
        "slowed": services.budgets.of(record.id).spent,
        "since": iso(lane.since) if lane else None,
        "backlog": telemetry.backlog if telemetry else None,
        "battery": telemetry.battery if telemetry else None,
        "confirmed": {
            stream: {
                "counter": position.counter,
                "random": f"{position.random:016x}",
                "sequence": position.sequence,
                "at": iso(at),
            }
            for stream, (position, at) in sorted(lane.receipts.items())
        }
        if lane
        else {},
    }


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/devices",
        devices,
        "The devices, and how they are now.",
        roles=SUPERVISORS,
        result=listed("devices", ref("Device")),
    ),
    Endpoint(
        "POST",
        "/api/v1/devices/codes",
        invite,
        "Make an enrolment code, good once and for a day.",
        roles=SUPERVISORS,
        body=table([], gate=GATE),
        result=table(["code", "expires"], code=TEXT, expires=TIME),
    ),
    Endpoint(
        "PUT",
        "/api/v1/devices/{id}/gate",
        assign,
        "Give a device another gate; connected, it knows within a second.",
        roles=SUPERVISORS,
        body=table([], gate=GATE),
        result=ref("Device"),
    ),
    Endpoint(
        "POST",
        "/api/v1/devices/{id}/revoke",
        revoke,
        "Shut a device out; what it owes it may still deliver.",
        roles=SUPERVISORS,
        result=ref("Device"),
    ),
    Endpoint(
        "POST",
        "/api/v1/devices/{id}/write-off",
        write_off,
        "Await a device no longer that has not come back since the gateway was restored.",
        roles=SUPERVISORS,
        result=table(["awaited"], awaited={"type": "array", "items": TEXT}),
    ),
)
