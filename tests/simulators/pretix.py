"""A small pretix: the part of its API that a gateway uses, in memory.

It behaves as a real pretix 2026.8.0 was seen to behave: cancelled positions drop out of an order
unless they are asked for, a check-in touches its order, `force` passes everything but a position
that is gone, a nonce is stored once, a page holds at most 50 rows.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from simulators.pretix_desk import EVENT, Desk, Row
from validator.clock import MINUTE_MS, parse_iso

ORGANIZER, SETUP, TOKEN = "gate", "setupcodesetupco", "d" * 64
OUR_DEVICE = 7

_ANNULLABLE_MS = 15 * MINUTE_MS


class FakePretix:
    """Serves a desk.

    Args:
        desk: What is sold.

    Attributes:
        desk: What is sold.
        requests: Every path that was asked for.
        trouble: Answer to everything instead, None = none.
        lose: Answers to redemptions that get lost on the way, after they were carried out.
        setup: One-time code of a device.
        device: Number that it gets.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.requests: list[str] = []
        self.trouble: Callable[[], web.Response] | None = None
        self.lose = 0
        self.setup = SETUP
        self.device = OUR_DEVICE

    def app(self) -> web.Application:
        """Return its web server."""
        app = web.Application(middlewares=[self._guard])
        base, event = f"/api/v1/organizers/{ORGANIZER}/", f"events/{EVENT}/"
        app.router.add_post("/api/v1/device/initialize", self._initialize)
        listed: Mapping[str, tuple[Callable[[], list[Row]], str, str]] = {
            "events/": (lambda: [self._detail()], "", ""),
            f"{event}items/": (lambda: self.desk.items, "", ""),
            f"{event}checkinlists/": (lambda: self.desk.lists, "", ""),
            f"{event}subevents/": (lambda: self.desk.subevents, "", ""),
            f"{event}questions/": (lambda: self.desk.questions, "", ""),
            f"{event}revokedsecrets/": (lambda: self.desk.revoked, "created_since", "created"),
            f"{event}blockedsecrets/": (lambda: self.desk.blocked, "updated_since", "updated"),
            "orders/": (lambda: self.desk.orders, "modified_since", "last_modified"),
        }
        for path, (rows, since, ordered) in listed.items():
            app.router.add_get(base + path, self._listing(rows, since, ordered))
        app.router.add_get(base + event, self._one_event)
        app.router.add_get(f"{base}{event}orderpositions/{{position}}/", self._one_position)
        at_list = f"{base}{event}checkinlists/{{list}}/"
        app.router.add_post(f"{at_list}positions/{{position}}/redeem/", self._redeem)
        app.router.add_post(f"{at_list}failed_checkins/", self._failed)
        app.router.add_post(f"{base}checkinrpc/annul/", self._annul)
        return app

    def _detail(self) -> Row:
        public = Ed25519PublicKey.from_public_bytes(self.desk.key.public)
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        keys = {"pretix_sig1": [base64.b64encode(pem).decode()]} if self.desk.signed else {}
        return {**self.desk.detail, "valid_keys": keys}

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.requests.append(request.path)
        if self.trouble is not None:
            return self.trouble()
        ours = request.headers.get("Authorization") == f"Device {TOKEN}"
        if not ours and not request.path.endswith("/initialize"):
            return web.json_response({"detail": "Invalid token."}, status=401)
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _initialize(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body["token"] != self.setup:
            return web.json_response({"token": ["Unknown initialization token."]}, status=400)
        self.setup = ""
        given = {"organizer": ORGANIZER, "device_id": self.device, "api_token": TOKEN}
        return web.json_response(given)

    async def _one_event(self, request: web.Request) -> web.Response:
        return web.json_response(self._detail())

    async def _one_position(self, request: web.Request) -> web.Response:
        wanted = int(request.match_info["position"])
        rows = (row for order in self.desk.orders for row in order["positions"])
        found = next((row for row in rows if row["id"] == wanted), None)
        return web.json_response(found or {"detail": "Not found."}, status=200 if found else 404)

    def _listing(self, rows: Callable[[], list[Row]], since: str, ordered: str) -> Any:
        async def answer(request: web.Request) -> web.Response:
            query, found = request.query, rows()
            if ordered and "ordering" in query:
                assert query["ordering"] == ordered
                found = sorted(found, key=lambda row: row[ordered])
                bound = parse_iso(query[since]) if since in query else 0
                found = [row for row in found if parse_iso(row[ordered]) >= bound]
            if ordered == "last_modified" and "include_canceled_positions" not in query:
                found = [
                    {**row, "positions": [p for p in row["positions"] if not p["canceled"]]}
                    for row in found
                ]
            first = (int(query.get("page", "1")) - 1) * 50
            return web.json_response(
                {
                    "count": len(found),
                    "next": "http://elsewhere/" if first + 50 < len(found) else None,
                    "previous": None,
                    "results": found[first : first + 50],
                },
                headers={"X-Page-Generated": self.desk.now()},
            )

        return answer

    def _found(self, request: web.Request) -> Row | None:
        wanted = int(request.match_info["position"])
        rows: Iterator[Row] = (row for order in self.desk.orders for row in order["positions"])
        return next((r for r in rows if r["id"] == wanted and not r["canceled"]), None)

    async def _redeem(self, request: web.Request) -> web.StreamResponse:
        body, row = await request.json(), self._found(request)
        if row is None:
            return web.json_response({"status": "error", "reason": "invalid"}, status=404)
        assert body["force"] is True
        list_, type_ = int(request.match_info["list"]), body["type"]
        if body["nonce"] not in self.desk.nonces(row["id"], successful=True):
            self.desk.keep(row, list_, type_, OUR_DEVICE, body["datetime"], body["nonce"])
        if self.lose:
            self.lose -= 1
            assert request.transport is not None
            request.transport.abort()
        return web.json_response({"status": "ok"}, status=201)

    async def _failed(self, request: web.Request) -> web.Response:
        body = await request.json()
        assert body["raw_barcode"] and body["error_reason"]
        position = body.get("position")
        if body["nonce"] not in self.desk.nonces(position, successful=False):
            self.desk.check_ins.append({**body, "position": position, "successful": False})
        return web.json_response(body, status=201)

    async def _annul(self, request: web.Request) -> web.Response:
        body = await request.json()
        found = [row for row in self.desk.check_ins if row["nonce"] == body["nonce"]]
        if not found or not found[0]["successful"]:
            return web.json_response({"detail": "Not found."}, status=404)
        row = found[0]
        if parse_iso(body["datetime"]) - parse_iso(row["datetime"]) > _ANNULLABLE_MS:
            return web.json_response({"non_field_errors": ["Too late."]}, status=400)
        row["successful"] = False
        kept = self.desk.position(row["position"])
        kept["checkins"] = [each for each in kept["checkins"] if each["id"] != row["id"]]
        self.desk.touch(self.desk.order_of(row["position"]))
        return web.json_response({"status": "ok"})
