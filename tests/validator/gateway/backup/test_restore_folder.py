"""From a data folder to a file, and from the file to a new life in an empty folder."""

import asyncio
import io
import json
import os
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from doubles.gateway.live import CLOCK, LiveGateway, live_gateway, sold
from validator.boxoffice import BoxOffice, Item
from validator.enrolment import TLS_NAME, read_enrolment_code
from validator.errors import FixConfig, FixRequest, NotAllowed
from validator.gateway.backup.archive import SealedWriter
from validator.gateway.backup.backup import back_up
from validator.gateway.backup.contents import BOXOFFICE, SECRETS
from validator.gateway.backup.passphrase import CREDENTIAL, read_passphrase
from validator.gateway.backup.restore import Restored, restore
from validator.gateway.daemon import Daemon
from validator.gateway.host.data_folder import STORE
from validator.gateway.main import main
from validator.gateway.store.sqlite.store import SqliteStore
from validator.gateway.trust.auth import Role


def nobody() -> str:
    raise AssertionError("It is not sealed.")


def saved(live: LiveGateway, to: Path) -> Path:
    back_up(live.daemon.gateway.services.config.data, to, None, CLOCK.now(), os.urandom)
    return to


def restored(backup: Path, data: Path) -> Restored:
    return restore(backup, data, nobody, CLOCK, os.urandom)


@contextmanager
def store(folder: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(folder / STORE)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup that was made while the gateway ran, with a device and an open code."""
    folder = tmp_path_factory.mktemp("venue")

    async def make() -> Path:
        async with live_gateway(folder / "data") as live:
            await live.enrolled()
            gone = await live.enrolled(name="Stolen")
            await live.call("POST", f"/api/v1/devices/{gone.id}/revoke", {}, live.admin)
            _, made = await live.call("POST", "/api/v1/devices/codes", {}, live.admin)
            (folder / "code").write_text(made["code"])
            await live.user("kim", Role.STEWARD)
            return await asyncio.to_thread(saved, live, folder / "a.backup")

    return asyncio.run(make())


async def test_what_upstreams_remember_goes_with_the_backup(tmp_path: Path) -> None:
    async with live_gateway(tmp_path / "data") as live:
        folder = tmp_path / "data" / "upstreams"
        folder.mkdir()
        for name in ("shop.sqlite", "Not one of ours.sqlite"):
            with sqlite3.connect(folder / name) as file:
                file.execute("CREATE TABLE kept (word TEXT)")
                file.execute("INSERT INTO kept VALUES ('told')")
            file.close()
        backup = await asyncio.to_thread(saved, live, tmp_path / "a.backup")
    await asyncio.to_thread(restored, backup, tmp_path / "new")
    there = tmp_path / "new" / "upstreams"
    assert os.listdir(there) == ["shop.sqlite"]
    with sqlite3.connect(there / "shop.sqlite") as file:
        assert file.execute("SELECT word FROM kept").fetchall() == [("told",)]
    file.close()


async def test_lanes_of_an_authority_before_a_renewal_know_the_restored_gateway(
    tmp_path: Path,
) -> None:
    async with live_gateway(tmp_path / "data") as live:
        before = live.trust()
        await live.call("POST", "/api/v1/authority/renew", {}, live.admin)
        backup = await asyncio.to_thread(saved, live, tmp_path / "a.backup")
    await asyncio.to_thread(restored, backup, tmp_path / "new")
    async with live_gateway(tmp_path / "new") as live:
        url = live.url("/api/v1/authority", tls=True)
        async with live.http.get(url, ssl=before, server_hostname=TLS_NAME) as answer:
            assert answer.status == 200


def test_a_new_life_awaits_every_device_that_was_not_revoked(backup: Path, tmp_path: Path) -> None:
    done = restored(backup, tmp_path / "new")
    assert done.awaited == ("lane-1",)
    assert done.epoch.counter == 2
    with store(tmp_path / "new") as opened, opened.reading() as session:
        assert session.streams.epoch() == done.epoch
        assert session.restoration.awaited() == ("lane-1",)
        ended = {held.cursor.epoch for held in session.restoration.ended_heads() if held.cursor}
        assert [epoch.counter for epoch in ended] == [1]
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "new").rglob("*")} == {0}


def test_two_restores_differ_in_epoch_key_and_serials(backup: Path, tmp_path: Path) -> None:
    first, second = (restored(backup, tmp_path / name) for name in ("one", "two"))
    assert first.epoch != second.epoch
    tickets = []
    for name in ("one", "two"):
        office = BoxOffice.open(tmp_path / name, CLOCK, os.urandom)
        (scope, *_) = (scope for (scope,) in _rows(tmp_path / name, "SELECT scope FROM codes"))
        order = office.orders.sell("Guest", "", [Item(scope, 1, 0)])
        tickets.append(order.tickets[0].codes[-1])
        office.close()
        ((most,),) = _rows(
            tmp_path / name, "SELECT max(serial) FROM codes WHERE kid = 1 AND scope = 1"
        )
        assert (tickets[-1].serial or 0) > most + 60_000
    assert tickets[0].text != tickets[1].text


def test_a_code_that_was_given_out_before_lets_nobody_in(backup: Path, tmp_path: Path) -> None:
    _, config = sold(tmp_path / "other")
    restored(backup, tmp_path / "new")
    _, secret = read_enrolment_code((backup.parent / "code").read_text())

    async def enter() -> None:
        daemon = Daemon(replace(config, data=tmp_path / "new"), CLOCK)
        await daemon.start()
        try:
            with pytest.raises(NotAllowed):
                await daemon.gateway.services.registry.enrol(secret, "Thief")
        finally:
            await daemon.stop()

    asyncio.run(enter())


def test_a_folder_that_is_not_empty_is_left_alone(backup: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FixConfig, match="not empty"):
        restored(backup, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("cut", [100, 5_000, -10])
def test_nothing_is_left_of_a_backup_that_was_cut_off(
    backup: Path, tmp_path: Path, cut: int
) -> None:
    short = tmp_path / "short.backup"
    short.write_bytes(backup.read_bytes()[:cut])
    with pytest.raises(FixRequest, match="damaged or not complete"):
        restored(short, tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []
    restored(backup, tmp_path / "new")


def archive(to: Path, *members: tuple[str, bytes]) -> Path:
    """Write what no gateway has written."""
    with to.open("wb") as file:
        writer = SealedWriter(file, None, os.urandom)
        with tarfile.open(fileobj=writer, mode="w|") as made:
            for name, content in members:
                member = tarfile.TarInfo(name)
                member.size = len(content)
                made.addfile(member, io.BytesIO(content))
        writer.finish()
    return to


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "lane.py", "authority/../../evil"])
def test_a_hostile_backup_writes_nothing_outside(tmp_path: Path, name: str) -> None:
    hostile = archive(tmp_path / "evil.backup", (name, b"evil"))
    with pytest.raises(FixRequest, match="holds what no gateway writes"):
        restored(hostile, tmp_path / "new")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["evil.backup", "new"]


def test_backups_of_a_newer_version_are_refused(backup: Path, tmp_path: Path) -> None:
    restored(backup, tmp_path / "now")
    files = {name: (tmp_path / "now" / name).read_bytes() for name in SECRETS}
    newer = sqlite3.connect(tmp_path / "now" / STORE)
    newer.execute("PRAGMA user_version = 999")
    newer.close()
    office = (tmp_path / "now" / BOXOFFICE).read_bytes()
    for format, store_file, what in (
        (2, b"", "newer version of the gateway"),
        (1, (tmp_path / "now" / STORE).read_bytes(), "install the newer program"),
    ):
        manifest = json.dumps({"format": format, "made_at": "2026-11-22T19:30:00Z"}).encode()
        made = archive(
            tmp_path / f"{format}.backup",
            ("manifest.json", manifest),
            (STORE, store_file),
            (BOXOFFICE, office),
            *files.items(),
        )
        with pytest.raises((FixRequest, FixConfig), match=what):
            restored(made, tmp_path / "new")
        assert list((tmp_path / "new").iterdir()) == []


def test_a_backup_that_is_there_is_never_written_over(backup: Path, tmp_path: Path) -> None:
    restored(backup, tmp_path / "new")
    before = backup.read_bytes()
    with pytest.raises(FixRequest, match="there already"):
        back_up(tmp_path / "new", backup, None, CLOCK.now(), os.urandom)
    assert backup.read_bytes() == before
    (tmp_path / "new" / "feed.key").unlink()
    with pytest.raises(FixConfig, match=r"feed\.key is missing"):
        back_up(tmp_path / "new", tmp_path / "b.backup", None, CLOCK.now(), os.urandom)
    assert not list(tmp_path.glob("*.backup*"))
    assert not list((tmp_path / "new").glob(".backup-*"))


def test_the_commands_say_in_one_line_what_is_wrong(
    backup: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, again = str(tmp_path / "new"), str(tmp_path / "again.backup")
    assert main(["restore", str(backup), "--data", data]) == 0
    assert "Awaited devices     lane-1" in capsys.readouterr().out
    assert main(["backup", "--to", again, "--unsealed", "--data", data]) == 0
    assert "not sealed" in capsys.readouterr().out
    for words, what in (
        (["restore", str(backup), "--data", data], "is not empty"),
        (["restore", str(tmp_path / "none"), "--data", str(tmp_path / "b")], "No such file"),
        (["restore", __file__, "--data", str(tmp_path / "b")], "no backup of a gateway"),
        (["backup", "--to", again, "--unsealed", "--data", data], "there already"),
        (["backup", "--unsealed", "--data", str(tmp_path / "c")], "no gateway's data"),
    ):
        assert main(words) == 1
        said = capsys.readouterr().err
        assert what in said
        assert said.count("\n") == 1


def test_a_service_gets_its_passphrase_from_systemd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / CREDENTIAL).write_text("five words are long enough\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert read_passphrase(None) == "five words are long enough"
    (tmp_path / "other").write_text("six words are even better here\nrest")
    assert read_passphrase(str(tmp_path / "other")) == "six words are even better here"
    with pytest.raises(FixConfig, match="can't be read"):
        read_passphrase(str(tmp_path / "nothing"))


def _rows(folder: Path, question: str) -> list[tuple[int, ...]]:
    db = sqlite3.connect(folder / BOXOFFICE)
    try:
        return db.execute(question).fetchall()
    finally:
        db.close()
