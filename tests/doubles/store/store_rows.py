"""Rows for the stores of the gateway, and the stores that keep the contract."""

from collections.abc import Callable
from pathlib import Path

from doubles.evening import NOW, TONIGHT
from doubles.gateway.committer_with_devices import FEED
from validator.clock import Instant
from validator.feed import begin, extend, seal
from validator.gateway.store.claims import ClaimRow, ClaimState
from validator.gateway.store.journal import Event
from validator.gateway.store.port import Session, Store
from validator.gateway.store.sqlite import SqliteStore
from validator.gateway.store.uses import UseRow
from validator.model import (
    Assurance,
    CheckIn,
    CheckInId,
    Claim,
    Decision,
    DeviceId,
    Direction,
    Kind,
    Reason,
    TicketId,
    Use,
    uuid7,
)

TICKET = TicketId("5.1")
LANE = DeviceId("lane-1")

STORES: dict[str, Callable[[Path], Store]] = {
    "sqlite": lambda folder: SqliteStore(folder / "gateway.sqlite"),
}
"""Each opens a store in an empty folder; a second kind joins the contract suite here."""


def id_of(number: int) -> CheckInId:
    return uuid7(NOW, number.to_bytes(10, "big"))


def check_in(number: int) -> CheckIn:
    return CheckIn(
        id_of(number),
        Kind.SHOWN,
        LANE,
        "a",
        TONIGHT,
        Direction.ENTRY,
        Decision.ADMIT,
        Reason.OK,
        Assurance.CONFIRMED,
        1,
        NOW,
    )


def claim(number: int, ordinal: int, ticket: TicketId = TICKET) -> ClaimRow:
    held = Claim(id_of(number), ticket, ordinal, Direction.ENTRY, 1, LANE)
    return ClaimRow(held, ClaimState.OPEN, TONIGHT, "a", NOW, request=b"r")


def use(number: int, at: int = 0, count: int = 1) -> UseRow:
    made = Use(id_of(number), TICKET, TONIGHT, Direction.ENTRY, count, Instant(NOW + at), "a", LANE)
    return UseRow(made, b"s1", 1, "reseller")


def event(number: int) -> Event:
    return Event(check_in(number), NOW, b"s1", TICKET, 1, judged=True)


def publish(session: Session, stream: str, rows: dict[bytes, bytes | None]) -> None:
    epoch = session.streams.epoch()
    assert epoch is not None
    changed = session.streams.changed(stream, rows.items())
    delta, held = extend(begin(session.streams.head(stream), epoch), changed, epoch)
    session.streams.write(held, changed, seal(delta, FEED))
