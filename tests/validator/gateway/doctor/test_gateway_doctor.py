"""What `entrance-gateway doctor` finds, beside a running gateway and without one."""

from __future__ import annotations

import asyncio
import io
import json
import os
import shutil
import socket
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from doubles.gateway.live import live_gateway
from validator.clock import Clock, Instant
from validator.gateway.config import Config, read
from validator.gateway.doctor.examination import examine
from validator.gateway.doctor.finding import Level
from validator.gateway.host.data_folder import STORE
from validator.gateway.host.listeners import Address
from validator.gateway.main import main
from validator.gateway.store.sqlite.store import SqliteStore
from validator.machine_clock import machine_clock
from validator.model import CheckInId, DeviceId
from validator.ports import Outcome

ANY = Address("127.0.0.1", 0)
YEAR_MS = 365 * 86_400_000


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a gateway that has stopped."""
    folder = tmp_path_factory.mktemp("doctor") / "entrance-gateway"

    async def work() -> None:
        async with live_gateway(folder):
            pass

    asyncio.run(work())
    return folder


@pytest.fixture
def data(evening: Path, tmp_path: Path) -> Path:
    copy = Path(shutil.copytree(evening, tmp_path / "entrance-gateway"))
    copy.chmod(0o700)
    return copy


def found(
    data: Path, clock: Clock | None = None, plain: Address = ANY
) -> dict[str, tuple[Level, str]]:
    """Return the gravest finding of each check."""
    order = list(Level)
    grave: dict[str, tuple[Level, str]] = {}
    for one in examine(Config(data=data, plain=plain, tls=ANY), clock or machine_clock()):
        if one.check not in grave or order.index(one.level) > order.index(grave[one.check][0]):
            grave[one.check] = (one.level, one.text)
    return grave


def ahead(years: int) -> Clock:
    """Return a clock that is years ahead."""
    now = machine_clock()
    return Clock(lambda: now.wall_ns() + years * YEAR_MS * 1_000_000, now.boot_ns)


def test_a_stopped_gateway_that_is_well_has_no_failure(data: Path) -> None:
    levels = {check: level for check, (level, _) in found(data).items()}
    assert Level.FAIL not in levels.values()
    well = {"data", "authority", "store", "journal", "sources", "outbox", "restore", "clock"}
    assert {check for check, level in levels.items() if level is Level.OK} >= well
    assert levels["gateway"] is Level.WARN


def test_a_folder_without_a_store_fails(tmp_path: Path) -> None:
    assert found(tmp_path / "mistyped")["store"][0] is Level.FAIL
    assert not (tmp_path / "mistyped").exists()


def test_a_store_that_is_gone_asks_for_the_backup(data: Path) -> None:
    (data / STORE).unlink()
    level, text = found(data)["store"]
    assert level is Level.FAIL
    assert "restore" in text


def test_a_damaged_store_fails(data: Path) -> None:
    for tail in ("-wal", "-shm"):
        (data / (STORE + tail)).unlink(missing_ok=True)
    size = (data / STORE).stat().st_size
    with (data / STORE).open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    level, text = found(data)["store"]
    assert level is Level.FAIL
    assert "damaged" in text


def test_a_folder_open_to_others_warns(data: Path) -> None:
    data.chmod(0o755)
    assert found(data)["data"][0] is Level.WARN


def test_a_port_that_is_taken_fails(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = Address("127.0.0.1", taken.getsockname()[1])
        assert found(data, plain=address)["ports"][0] is Level.FAIL


def test_a_clock_that_shows_what_is_past_fails(data: Path) -> None:
    assert found(data, ahead(-3))["clock"][0] is Level.FAIL


@pytest.mark.parametrize(
    ("years", "level"), [(0, Level.OK), (2, Level.FAIL), (31, Level.FAIL)], ids=str
)
def test_certificates_that_end_are_told(data: Path, years: int, level: Level) -> None:
    assert found(data, ahead(years))["authority"][0] is level


def test_an_authority_that_is_gone_fails(data: Path) -> None:
    (data / "authority" / "ca.pem").unlink()
    assert found(data)["authority"][0] is Level.FAIL


def test_a_feed_key_that_is_gone_fails_and_is_not_made_anew(data: Path) -> None:
    (data / "feed.key").unlink()
    assert found(data)["journal"][0] is Level.FAIL
    assert not (data / "feed.key").exists()


def test_what_a_source_refused_is_counted(data: Path) -> None:
    store = SqliteStore(data / STORE)
    with store.transaction() as session:
        session.outbox.put("boxoffice", CheckInId("one"), "N-1")
        session.outbox.put("boxoffice", CheckInId("two"), "N-2")
        session.outbox.settle("boxoffice", [Outcome(CheckInId("one"), False, "gone")])
    store.close()
    level, text = found(data)["outbox"]
    assert level is Level.WARN
    assert "owed 1 check-ins and refused 1" in text


def test_who_is_awaited_after_a_restore_is_named(data: Path) -> None:
    store = SqliteStore(data / STORE)
    with store.transaction() as session:
        session.restoration.expect([DeviceId("lane-7")], Instant(1))
    store.close()
    level, text = found(data)["restore"]
    assert level is Level.WARN
    assert "lane-7" in text


def test_an_old_backup_warns_and_a_new_one_does_not(data: Path) -> None:
    assert found(data)["backup"][0] is Level.WARN
    folder = data.parent / "entrance-backups"
    folder.mkdir()
    copy = folder / "entrance-1.backup"
    copy.touch()
    # A disk's clock is the kernel's, which may not be the one that we are told.
    os.utime(copy, (time.time(), time.time()))
    assert found(data)["backup"][0] is Level.OK
    os.utime(copy, (0, 0))
    assert found(data)["backup"][0] is Level.WARN


@pytest.mark.asyncio
async def test_beside_a_running_gateway_it_asks_it_and_names_silent_lanes(tmp_path: Path) -> None:
    data = tmp_path / "entrance-gateway"
    async with live_gateway(data) as live:
        device = await live.enrolled()
        await live.heard()
        said = await asyncio.to_thread(found, data)
    assert said["gateway"][0] is Level.OK, said
    assert said["lanes"][0] is Level.WARN
    assert device.id in said["lanes"][1]
    assert said["store"][0] is said["journal"][0] is Level.OK


def lines(*arguments: str) -> tuple[int, list[Any]]:
    out = io.StringIO()
    with redirect_stdout(out):
        code = main(["doctor", "--json", *arguments])
    return code, [json.loads(line) for line in out.getvalue().splitlines()]


def test_exit_code_and_lines_for_programs(tmp_path: Path, data: Path) -> None:
    code, rows = lines("--data", str(tmp_path / "none"))
    assert code == 1
    assert set(rows[0]) == {"check", "level", "text"}
    file = tmp_path / "gateway.toml"
    file.write_text('plain = "127.0.0.1:0"\ntls = "127.0.0.1:0"\n')
    code, rows = lines("--config", str(file), "--data", str(data))
    assert code == 0, rows
    assert {row["level"] for row in rows} == {"ok", "warn"}


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o602])
@pytest.mark.parametrize(
    "name", ["feed.key", "admin.token", "authority/ca.key", STORE, "boxoffice.sqlite"]
)
def test_a_secret_that_others_may_read_is_named(data: Path, name: str, mode: int) -> None:
    assert found(data)["secrets"][0] is Level.OK
    (data / name).chmod(mode)
    level, text = found(data)["secrets"]
    assert level is Level.WARN
    assert str(data / name) in text
    assert "chmod 600" in text


def test_a_secret_that_the_configuration_names_is_looked_at_too(data: Path, tmp_path: Path) -> None:
    key, word = tmp_path / "hook.key", tmp_path / "word"
    for file in (key, word):
        file.write_text("x")
        file.chmod(0o600)
    table = {
        "data": str(data),
        "hooks": [{"name": "screen", "url": "https://example.org/", "key_file": "hook.key"}],
        "upstreams": [
            {"kind": "infomaniak", "url": "https://example.org", "authorization_file": str(word)}
        ],
    }
    config = read(table, tmp_path)

    def text() -> str:
        (one,) = [each for each in examine(config, machine_clock()) if each.check == "secrets"]
        return one.text

    assert "hook.key" not in text() and str(word) not in text()
    key.chmod(0o644)
    word.chmod(0o440)
    assert "hook.key" in text() and str(word) in text()
