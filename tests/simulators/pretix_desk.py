"""What people do in a pretix: sell, cancel, block, check in; `simulators.pretix` serves it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from doubles.boxoffice.box import NOON
from simulators.pretix_codes import join
from validator.clock import HOUR_MS, Instant, iso
from validator.formats.pretix_sig1 import Signed
from validator.keys import SigningKey

EVENT = "fest"
DOOR, VIP = 1, 2
ADULT, WORKSHOP = 10, 11
OTHER_DEVICE = 3

Row = dict[str, Any]


def check_in_list(id: int, name: str, **changes: Any) -> Row:
    """Return a check-in list as pretix makes one."""
    return {
        "id": id,
        "name": name,
        "all_products": True,
        "limit_products": [],
        "subevent": None,
        "include_pending": False,
        "allow_multiple_entries": False,
        "allow_entry_after_exit": False,
        "rules": {},
        "addon_match": False,
        **changes,
    }


def product(id: int, name: str, **changes: Any) -> Row:
    """Return a product as pretix makes one."""
    return {
        "id": id,
        "name": {"en": name},
        "checkin_attention": False,
        "checkin_text": None,
        "variations": [],
        **changes,
    }


@dataclass
class Desk:
    """One organizer with one event.

    Attributes:
        signed: Codes are signed (`pretix_sig1`), not random.
    """

    signed: bool = False
    detail: Row = field(
        default_factory=lambda: {
            "slug": EVENT,
            "name": {"en": "Fest"},
            "timezone": "Europe/Berlin",
            "date_from": iso(Instant(NOON)),
            "date_to": iso(Instant(NOON + 4 * HOUR_MS)),
            "date_admission": iso(Instant(NOON - HOUR_MS)),
            "has_subevents": False,
        }
    )
    items: list[Row] = field(default_factory=lambda: [product(ADULT, "Adult")])
    lists: list[Row] = field(
        default_factory=lambda: [check_in_list(DOOR, "Door"), check_in_list(VIP, "VIP")]
    )
    subevents: list[Row] = field(default_factory=list)
    questions: list[Row] = field(default_factory=list)
    orders: list[Row] = field(default_factory=list)
    revoked: list[Row] = field(default_factory=list)
    blocked: list[Row] = field(default_factory=list)
    check_ins: list[Row] = field(default_factory=list)
    key: SigningKey = field(default_factory=lambda: SigningKey.from_seed(b"k" * 32))
    _now: int = NOON
    _secrets: int = 0

    def now(self) -> str:
        """Return its clock, which moves on by a millisecond."""
        self._now += 1
        return iso(Instant(self._now))

    def wait(self, milliseconds: int) -> None:
        """Let time pass."""
        self._now += milliseconds

    def sell(self, *items: int, status: str = "p", **changes: Any) -> list[Row]:
        """Sell an order; the second and further products are add-ons of the first one."""
        order: Row = {
            "code": f"C{len(self.orders):05}",
            "event": EVENT,
            "status": status,
            "require_approval": False,
            "valid_if_pending": False,
            "checkin_attention": False,
            "checkin_text": None,
            "positions": [],
            **changes,
        }
        first = 1000 + sum(len(other["positions"]) for other in self.orders)
        for place, item in enumerate(items or (ADULT,)):
            order["positions"].append(
                {
                    "id": first + place,
                    "positionid": place + 1,
                    "item": item,
                    "variation": None,
                    "subevent": None,
                    "addon_to": first if place else None,
                    "secret": self._secret(),
                    "canceled": False,
                    "blocked": None,
                    "valid_from": None,
                    "valid_until": None,
                    "seat": None,
                    "answers": [],
                    "checkins": [],
                }
            )
        self.orders.append(order)
        self.touch(order)
        positions: list[Row] = order["positions"]
        return positions

    def order_of(self, position: int) -> Row:
        """Return the order of a position."""
        return next(o for o in self.orders for p in o["positions"] if p["id"] == position)

    def position(self, id: int) -> Row:
        """Return a position."""
        return next(row for row in self.order_of(id)["positions"] if row["id"] == id)

    def set(self, position: int, **changes: Any) -> None:
        """Change a position's order."""
        order = self.order_of(position)
        order.update(changes)
        self.touch(order)

    def cancel(self, position: int) -> None:
        """Cancel a position's order; each of its codes is replaced by one that nobody gets."""
        for row in self.order_of(position)["positions"]:
            self._replace(row)
        self.set(position, status="c")

    def reactivate(self, position: int) -> None:
        """Take that back: its codes are new again."""
        for row in self.order_of(position)["positions"]:
            self._replace(row)
        self.set(position, status="p")

    def drop(self, position: int) -> None:
        """Cancel one position."""
        row = self.position(position)
        self._replace(row)
        row["canceled"] = True
        self.touch(self.order_of(position))

    def change_code(self, position: int) -> str:
        """Give a position another code; return that."""
        row = self.position(position)
        self._replace(row)
        self.touch(self.order_of(position))
        return str(row["secret"])

    def block(self, position: int, blocked: bool = True) -> None:
        """Block a position, or unblock it."""
        row = self.position(position)
        row["blocked"] = ["admin"] if blocked else None
        known = next((each for each in self.blocked if each["secret"] == row["secret"]), None)
        if known is None:
            known = {"id": len(self.blocked) + 1, "secret": row["secret"]}
            self.blocked.append(known)
        known.update(blocked=blocked, updated=self.now())
        self.touch(self.order_of(position))

    def check_in(
        self, position: int, list_: int = DOOR, type_: str = "entry", device: int | None = None
    ) -> None:
        """Check in with another device."""
        device = OTHER_DEVICE if device is None else device
        self.keep(self.position(position), list_, type_, device, self.now(), nonce=None)

    def nonces(self, position: int, successful: bool | None = None) -> list[str]:
        """Return the nonces of a position's check-ins, refused ones too."""
        return [
            str(row["nonce"])
            for row in self.check_ins
            if row["position"] == position and successful in (None, row["successful"])
        ]

    def _secret(self) -> str:
        self._secrets += 1
        if not self.signed:
            return f"{self._secrets:04}secretsecret"
        seed = b"\x0a\x09" + f"{self._secrets:09}".encode()
        payload = seed + b"\x10\x0a\x28\x00\x30\x00"
        return join(Signed(payload, self.key.sign(payload)))

    def _replace(self, row: Row) -> None:
        if self.signed:
            new = {"id": len(self.revoked) + 1, "secret": row["secret"], "created": self.now()}
            self.revoked.append(new)
        row["secret"] = self._secret()

    def touch(self, order: Row) -> None:
        """Note that an order has changed."""
        order["last_modified"] = self.now()

    def keep(
        self, row: Row, list_: int, type_: str, device: int, at: str, nonce: str | None
    ) -> None:
        """Store a check-in; that touches its order."""
        id = len(self.check_ins) + 1
        told = {"id": id, "datetime": at, "list": list_, "type": type_, "device_id": device}
        row["checkins"].append(told)
        kept = {"position": row["id"], "nonce": nonce, "successful": True, **told}
        self.check_ins.append(kept)
        self.touch(self.order_of(row["id"]))
