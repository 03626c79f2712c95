"""The journal is handed out, looked through, and named where it is broken."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from pathlib import Path

import pytest

from doubles.evening import NOW, token
from doubles.gateway.feed_source import FEED_KEY, FeedSource
from doubles.store.device_cache import check_in, identity, in_touch, opened
from offline_cache.sync.clock_offset import Kept, OffsetFile
from scanner.commands.export import FIELDS
from scanner.main import main
from validator.clock import DAY_MS, Instant, iso
from validator.model import Kind
from validator.wire.head import Head, signed
from validator.wire.messages import Acknowledged

ROWS = 5


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Return the folder of a lane that let five in, sent one away, and delivered three rows."""
    identity().save(tmp_path / "identity.json")
    cache = opened(tmp_path)
    in_touch(cache, FeedSource())
    for number in range(1, ROWS):
        cache.append(check_in(number, token(number)))
    cache.append(check_in(ROWS, token(1), kind=Kind.UNDO, of=check_in(1, token(1)).id))
    cache.acknowledge(Acknowledged(3, ()))
    cache.heads.hear(signed(Head("gateway 1-7", 12, bytes(32), NOW), FEED_KEY))
    cache.heads.witness()
    cache.close()
    return tmp_path


def exported(state: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["export", "-", *words, "--state", str(state)]) == 0
    told = capsys.readouterr()
    assert told.err == f"Journal rows written: {ROWS}.\n"
    return told.out


def test_the_journal_comes_out_as_json_lines(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [json.loads(line) for line in exported(state, capsys).splitlines()]
    assert [row["sequence"] for row in rows] == [1, 2, 3, 4, 5]
    assert [row["state"] for row in rows] == ["acknowledged"] * 3 + ["owed"] * 2
    first = check_in(1, token(1))
    assert tuple(rows[0]) == FIELDS
    assert (rows[0]["id"], rows[0]["at"]) == (first.id, iso(first.corrected))
    assert (rows[0]["ticket"], rows[0]["decision"]) == (first.ticket, "admit")
    assert (rows[-1]["kind"], rows[-1]["of"]) == ("undo", first.id)


def test_the_journal_comes_out_as_csv_in_a_new_file(
    state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "journal.csv"
    words = ["export", str(target), "--csv", "--state", str(state)]
    assert main(words) == 0
    rows = list(csv.DictReader(io.StringIO(target.read_text("utf-8"))))
    assert len(rows) == ROWS
    assert rows[1]["reason"] == "ok"
    assert target.stat().st_mode & 0o777 == 0o600
    before = target.read_bytes()
    assert main(words) == 1
    assert "name a new file" in capsys.readouterr().err
    assert target.read_bytes() == before


def test_neither_codes_nor_secrets_come_out(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = exported(state, capsys)
    assert "E1:" not in out
    assert "payload" not in out
    assert "secret" not in out


def test_what_retention_dropped_is_told_as_a_gap(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cache = opened(state)
    later = Instant(NOW + 31 * DAY_MS)
    assert cache.retention.forget(later, later) == 3
    cache.close()
    assert main(["export", "-", "--state", str(state)]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["sequence"], row["kind"]) for row in rows] == [
        (3, "gap"),
        (4, "shown"),
        (5, "undo"),
    ]
    assert main(["status", "--state", str(state)]) == 0
    assert "chain whole" in capsys.readouterr().out


def test_a_folder_without_a_journal_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "-", "--state", str(tmp_path)]) == 1
    assert "There is no journal" in capsys.readouterr().err
    assert not (tmp_path / "cache.sqlite").exists()


def test_status_tells_of_chain_clock_and_witness(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    OffsetFile(state / "clock.json").write(Kept("boot", 0, 0, -90_000, NOW))
    assert main(["status", "--state", str(state)]) == 0
    told = capsys.readouterr().out
    for part in (
        "Owes:     2",
        "chain whole",
        f"row 12, signed {iso(NOW)}",
        "-90.0 s to the gateway's",
    ):
        assert part in told


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE journal SET hash = zeroblob(32) WHERE sequence = 2",
        "DELETE FROM journal WHERE sequence = 2",
    ],
)
def test_a_broken_chain_is_named_by_status_and_doctor(
    state: Path, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    with sqlite3.connect(state / "cache.sqlite") as db:
        db.execute(damage)
    db.close()
    row = 2 if "UPDATE" in damage else 3
    assert main(["status", "--state", str(state)]) == 0
    assert f"BROKEN at row {row}" in capsys.readouterr().out
    assert main(["doctor", "--state", str(state)]) == 1
    assert f"chain breaks at row {row}" in capsys.readouterr().out
