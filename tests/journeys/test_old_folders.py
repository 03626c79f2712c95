"""Folders that an earlier version left: its gateway and its lane go on where they stood."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from journeys.venue.lane import LaneProcess
from journeys.venue.place import Here
from journeys.venue.ports import free_port
from journeys.venue.records import Records
from journeys.venue.stdin_lane import StdinLane
from journeys.venue.venue import Venue
from journeys.venue.waiting import ENVIRONMENT, ROOT, until
from validator.boxoffice import SampleEvening

VECTORS = Path(__file__).parents[1] / "vectors"
VERSION = VECTORS / "4fc9c6d"
EXPECTED: dict[str, Any] = json.loads((VERSION / "expected.json").read_text())
ENDS = ("stopped", "killed")
MAIN, TURNSTILE = "main", "turnstile"
LANE = "lane-1"

Row = dict[str, Any]


class OldVenue(Venue):
    """A venue whose folders are unpacked instead of made; its gates stand in its store.

    Args:
        folder: Gets everything.
        end: How the old processes ended.
    """

    def __init__(self, folder: Path, end: str) -> None:
        Records.__init__(self, folder / "data")
        self.place = Here()
        self.tls = free_port()
        self.lanes = []
        self.evening = SampleEvening(**EXPECTED["evening"])
        self._folder = folder
        self._plain = free_port()
        self._process = None
        self._relays = []
        self._codes = EXPECTED["codes"]
        shutil.unpack_archive(VERSION / f"{end}.tar.gz", folder)
        self._config().write_text(
            f'data = "{self.data}"\nplain = "127.0.0.1:{self._plain}"\n'
            f'tls = "127.0.0.1:{self.tls}"\npoll_s = 0.5\nretention_days = 3650\n'
        )

    @property
    def state(self) -> Path:
        """The lane's folder."""
        return self._folder / "lane"

    def gateway(self, *words: str, codes: Sequence[str] = ()) -> str:
        """Run a command of the gateway."""
        program = "from validator.gateway.main import main; raise SystemExit(main())"
        return self._run("-c", program, *words, "--config", str(self._config()), codes=codes)

    def scanner(self, *words: str) -> str:
        """Run a command of the lane."""
        return self._run("-m", "scanner", *words, "--state", str(self.state))

    async def joined(self) -> StdinLane:
        """Start the lane, which finds the gateway at another port, and wait until it is up."""
        known = self.state / "identity.json"
        old = json.loads(known.read_text())
        known.write_text(json.dumps(old | {"gateway": f"127.0.0.1:{self.tls}"}))
        lane = StdinLane(LaneProcess(self.state, LANE))
        self.lanes.append(lane)
        await lane.begin(words=("--patience", "30"))
        await lane.heard(0, event="up")
        return lane

    async def seen(self, lane: StdinLane, *numbers: str) -> list[str]:
        """Return what a lane shows for tickets: decision and reason."""
        lines = [await lane.scan(self.code(number)) for number in numbers]
        return [f"{line['decision']} {line['reason']}" for line in lines]

    def _run(self, *words: str, codes: Sequence[str] = ()) -> str:
        return subprocess.run(
            (sys.executable, *words),
            input="".join(f"{code}\n" for code in codes),
            stdout=subprocess.PIPE,
            check=True,
            text=True,
            cwd=ROOT,
            env=ENVIRONMENT,
        ).stdout


def rows(lines: str) -> list[Row]:
    return [json.loads(line) for line in lines.splitlines()]


def known(found: Iterable[Row], expected: Sequence[Row]) -> list[Row]:
    """Return the fields that the old version has written too; a newer one may add some."""
    return [
        {field: row.get(field) for field in old} for row, old in zip(found, expected, strict=True)
    ]


@pytest.fixture(params=ENDS)
def end(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def old(tmp_path: Path, end: str) -> AsyncIterator[OldVenue]:
    venue = OldVenue(tmp_path, end)
    try:
        yield venue
    finally:
        await venue.close()


def test_an_old_gateways_verdicts_journals_and_outbox_read_as_they_did(
    old: OldVenue, end: str
) -> None:
    was = EXPECTED[end]
    shop = {f"S-{number}": f"SHOP-{number}" for number in ("0000", "0001", "0040")}
    codes = EXPECTED["codes"] | shop
    numbers = sorted(was["verdicts"])
    verdicts = [was["verdicts"][number] for number in numbers]
    asked = ("check", "--gate", MAIN, "--at", was["at"], "--json")
    shown = rows(old.gateway(*asked, codes=[codes[number] for number in numbers]))
    assert known(shown, verdicts) == verdicts
    journals = rows(old.gateway("verify-journal", "--json"))
    assert known(journals, was["journals"]) == was["journals"]
    outbox = rows(old.gateway("outbox", "list", "--json"))
    assert known(outbox, was["outbox"]) == was["outbox"]


def test_an_old_lanes_journal_and_what_it_knows_and_owes_read_as_they_did(
    old: OldVenue, end: str
) -> None:
    was = EXPECTED[end]
    journal = rows(old.scanner("export", "-"))
    assert known(journal, was["lane"]) == was["lane"]
    assert set(was["status"]) <= set(old.scanner("status").splitlines())


async def test_an_old_evening_goes_on_with_what_the_lane_owed(old: OldVenue, end: str) -> None:
    was, evening = EXPECTED[end], old.evening
    owed = [row for row in was["lane"] if row["state"] == "owed"]
    entered = sum(gate["entered"] for gate in was["counts"]["gates"])
    entered += sum(row["count"] for row in owed if row["direction"] == "entry")
    await old.open()
    lane = await old.joined()

    async def taken() -> bool:
        return await lane.acknowledged() and await old.entered() == entered

    await until(taken)
    if end == "killed":
        (waiting,) = [row for row in was["outbox"] if row["source"] == "boxoffice"]
        again = await lane.scan(old.code(waiting["ticket"]))
        assert (again["decision"], again["resumed"]) == ("admit", True)
        assert again["id"] == waiting["check_in"], "its guest had not gone through yet"
        before = len(lane.lines)
        old.gateway("devices", "assign", LANE, MAIN)
        await lane.heard(before, event="applied", stream="catalogue")

    for number in (evening.full[0], evening.balcony, evening.reentry, evening.ean13):
        assert await old.seen(lane, number) == ["refuse already_used"]
    assert await old.seen(lane, evening.offline[0]) == ["refuse already_used"]
    assert await old.seen(lane, evening.to_cancel, evening.cancelled) == ["refuse cancelled"] * 2
    assert await old.seen(lane, evening.exchanged, evening.unpaid, evening.next_day) == [
        "refuse exchanged",
        "refuse unpaid",
        "refuse wrong_date",
    ]
    fresh = (evening.full[2], evening.offline[3], evening.group, evening.crowd[9])
    assert await old.seen(lane, *fresh) == ["admit ok"] * 4, "one was sent away, of four one"
    assert await old.seen(lane, evening.group) == ["refuse already_used"]
    assert {line["assurance"] for line in lane.scans[-5:]} == {"confirmed"}

    async def forwarded() -> bool:
        all_in = await old.entered() == entered + len(fresh)
        return all_in and bool((await old.counts())["owed"] == {"shop": 1})

    await until(forwarded)
    assert rows(old.gateway("held", "list", "--json")) == EXPECTED["held"]
    old.gateway("held", "approve", "shop", str(evening.tonight))
    refused = await lane.scan("SHOP-0041")
    assert (refused["decision"], refused["reason"]) == ("refuse", "cancelled")
    assert await lane.terminated() == 0
    journals = rows(old.gateway("verify-journal", "--json"))
    assert [(found["journal"], found["intact"]) for found in journals] == [
        ("gateway", True),
        (LANE, True),
    ]
