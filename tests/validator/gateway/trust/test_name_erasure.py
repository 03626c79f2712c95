"""Names of staff and customers are erased, and the journal is as it was."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from doubles.boxoffice.box import SEAT, open_box
from doubles.gateway.committer_with_devices import FEED, Venue, token
from validator.boxoffice import BoxOffice
from validator.clock import DAY_MS
from validator.gateway.ledger.claims import answer_check_in
from validator.gateway.ledger.verification import verify_journals
from validator.gateway.trust.auth import Caller, Role, known, token_hash
from validator.gateway.trust.name_erasure import Erased, Retention
from validator.gateway.trust.registry import Registry

DAYS = 30
NAME = "Ada Lovelace"
CUSTOMER, EMAIL = "Grace Hopper", "grace@example.org"


@pytest.fixture
def office(venue: Venue, tmp_path: Path) -> Iterator[BoxOffice]:
    (tmp_path / "box").mkdir()
    office = open_box(tmp_path / "box", venue.hand)
    yield office
    office.close()


@pytest.fixture
def retention(venue: Venue, office: BoxOffice) -> Retention:
    return Retention(venue.committer, office, venue.entropy, DAYS)


def caller(venue: Venue, secret: str) -> Caller:
    with venue.store.reading() as session:
        caller = known(session, token_hash(secret), b"")
    assert caller is not None
    return caller


def asked(path: Path, question: str) -> list[tuple[object, ...]]:
    db = sqlite3.connect(path)
    try:
        return db.execute(question).fetchall()
    finally:
        db.close()


async def test_the_journal_names_nobody_and_verifies_after_the_names_are_erased(
    venue: Venue, retention: Retention
) -> None:
    registry = Registry(venue.committer, venue.entropy)
    secret = await registry.add_user(NAME, Role.STEWARD)
    ada = caller(venue, secret)
    await answer_check_in(venue.committer, ada.device, venue.lane().scan(token(1)), "a")
    for (body,) in asked(venue.path, "SELECT body FROM events"):
        assert isinstance(body, bytes) and NAME.encode() not in body
    staff = f"SELECT name FROM staff WHERE ref = '{ada.ref}'"
    assert asked(venue.path, staff) == [(NAME,)]

    await registry.remove_user(NAME)
    venue.hand.go(DAYS * DAY_MS)
    assert (await retention.once()).staff == 0
    assert asked(venue.path, staff) == [(NAME,)]
    venue.hand.go(2 * DAY_MS)
    assert (await retention.once()).staff == 1
    with venue.store.reading() as session:
        assert [finding.broken for finding in verify_journals(session, FEED.public)] == [None]
    asked(venue.path, "PRAGMA wal_checkpoint(TRUNCATE)")
    assert NAME.encode() not in venue.path.read_bytes()


async def test_somebody_who_stays_has_another_reference_every_day(
    venue: Venue, retention: Retention
) -> None:
    secret = await Registry(venue.committer, venue.entropy).add_user(NAME, Role.SUPERVISOR)
    refs = []
    for _ in range(3):
        refs.append(caller(venue, secret).ref)
        venue.hand.go(DAY_MS + 1)
        await retention.once()
    assert len(set(refs)) == 3
    venue.hand.go(DAYS * DAY_MS)
    await retention.once()
    assert len(asked(venue.path, "SELECT ref FROM staff")) <= 2
    assert caller(venue, secret).name == NAME


async def test_customers_are_forgotten_once_all_that_they_bought_is_long_over(
    venue: Venue, office: BoxOffice, retention: Retention, tmp_path: Path
) -> None:
    order = office.orders.sell(CUSTOMER, EMAIL, [SEAT])
    venue.hand.go(DAYS * DAY_MS)
    assert await retention.once() == Erased(0, 0)
    venue.hand.go(DAY_MS)
    assert await retention.once() == Erased(0, 1)
    assert await retention.once() == Erased(0, 0)
    (kept,) = office.orders.latest(10)
    assert (kept.number, kept.customer, kept.email) == (order.number, "-", "")
    assert kept.tickets == order.tickets
