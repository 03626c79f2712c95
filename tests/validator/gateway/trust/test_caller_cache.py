"""Who was recognised before is shut out by the very commit that says so."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from doubles.evening import NOW
from validator.gateway.store.devices import DeviceRecord
from validator.gateway.store.sqlite import SqliteStore
from validator.gateway.store.users import UserRecord
from validator.gateway.trust.auth import Caller, Role, token_hash
from validator.gateway.trust.caller_cache import CallerCache
from validator.model import DeviceId

LANE = DeviceRecord(DeviceId("lane-1"), "Lane 1", "a", token_hash("lane's"), NOW)
ADA = UserRecord("Ada", Role.STEWARD.value, token_hash("Ada's"), "ref-1")


async def found(callers: CallerCache, token: str) -> Caller | None:
    return await callers.known(token_hash(token))


async def recognised(callers: CallerCache, token: str) -> Caller:
    caller = await found(callers, token)
    assert caller is not None
    return caller


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "gateway.sqlite")
    with store.transaction() as session:
        session.devices.put(LANE)
        session.users.put(ADA)
    yield store
    store.close()


@pytest.fixture
async def callers(store: SqliteStore) -> CallerCache:
    callers = CallerCache(store, token_hash("local"))
    for token in ("local", "lane's", "Ada's"):
        assert await recognised(callers, token) is await recognised(callers, token)
    return callers


async def test_a_device_is_revoked_at_once(store: SqliteStore, callers: CallerCache) -> None:
    with store.transaction() as session:
        session.devices.put(replace(LANE, revoked=True))
        assert not (await recognised(callers, "lane's")).revoked, "not before it is on disk"
    assert (await recognised(callers, "lane's")).revoked


async def test_a_device_that_has_a_new_token_is_not_known_by_its_old_one(
    store: SqliteStore, callers: CallerCache
) -> None:
    with store.transaction() as session:
        session.devices.put(replace(LANE, token_hash=token_hash("new")))
    assert await found(callers, "lane's") is None
    assert (await recognised(callers, "new")).name == "lane-1"


async def test_a_user_is_removed_at_once(store: SqliteStore, callers: CallerCache) -> None:
    with store.transaction() as session:
        session.users.remove("Ada")
    assert await found(callers, "Ada's") is None


async def test_a_user_gets_another_role_and_reference_at_once(
    store: SqliteStore, callers: CallerCache
) -> None:
    with store.transaction() as session:
        session.users.put(replace(ADA, role=Role.SUPERVISOR.value))
    assert (await recognised(callers, "Ada's")).role is Role.SUPERVISOR
    with store.transaction() as session:
        session.users.refer("Ada", "ref-2", NOW)
    assert (await recognised(callers, "Ada's")).ref == "ref-2"


async def test_other_commits_make_nobody_unknown(store: SqliteStore, callers: CallerCache) -> None:
    ada = await recognised(callers, "Ada's")
    with store.transaction() as session:
        session.claims.enter_boot(DeviceId("lane-1"), 1)
    assert await recognised(callers, "Ada's") is ada


async def test_what_was_undone_changes_nobody(store: SqliteStore, callers: CallerCache) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction() as session:
        session.users.remove("Ada")
        raise ZeroDivisionError
    assert (await recognised(callers, "Ada's")).name == "Ada"


async def test_an_unknown_token_is_asked_for_each_time(
    store: SqliteStore, callers: CallerCache
) -> None:
    assert await found(callers, "Bob's") is None
    with store.transaction() as session:
        session.users.put(UserRecord("Bob", Role.STEWARD.value, token_hash("Bob's")))
    assert (await recognised(callers, "Bob's")).name == "Bob"
