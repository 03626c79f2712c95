"""A reseller's file: imported by the command, judged at a real lane, counted, taken back."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from doubles.boxoffice.handed_in import ean
from journeys.venue.venue import Venue
from journeys.venue.waiting import ENVIRONMENT, LONGEST_WAIT_S, ROOT, until
from validator.gateway.host.data_folder import STORE

COMMAND = "from validator.gateway.main import main; raise SystemExit(main())"
HOLDERS = ("Zoé", "Ada", "Núria")


class Organiser:
    """Types commands at a venue.

    Args:
        venue: Its gateway may run.
        folder: Gets files.
    """

    def __init__(self, venue: Venue, folder: Path) -> None:
        self._venue = venue
        self._folder = folder

    def file(self, name: str, text: str, codec: str = "utf-8") -> Path:
        path = self._folder / name
        path.write_bytes(text.encode(codec))
        return path

    async def begin(self, file: Path, *options: str) -> asyncio.subprocess.Process:
        venue = self._venue
        where = ("--data", str(venue.data), "--performance", str(venue.evening.tonight))
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", COMMAND, "import", str(file), *where, *options),
            cwd=ROOT,
            env=ENVIRONMENT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            # A suite that runs in the background hands on that Ctrl-C is ignored.
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        )

    async def typed(self, file: Path, *options: str) -> tuple[int, str, str]:
        process = await self.begin(file, *options)
        said, wrong = await asyncio.wait_for(process.communicate(), LONGEST_WAIT_S)
        assert process.returncode is not None
        return process.returncode, said.decode(), wrong.decode()

    async def imported(self, file: Path, *options: str) -> dict[str, Any]:
        ended, said, wrong = await self.typed(
            file, "--distributor", "FNAC", "--tariff", "1", "--json", *options
        )
        assert ended == 0, wrong
        figures: dict[str, Any] = json.loads(said)
        return figures


async def begun(process: asyncio.subprocess.Process, phase: bytes) -> None:
    """Wait until a command's import has come to a phase."""
    assert process.stderr is not None
    while phase not in (line := await process.stderr.readline()):
        assert line, "it ended before it could be interrupted"


async def test_imported_codes_are_admitted_counted_and_refused_once_withdrawn(
    venue: Venue, tmp_path: Path
) -> None:
    organiser = Organiser(venue, tmp_path)
    rows = [f'"{name}, A";{ean(place)} ;' for place, name in enumerate(HOLDERS)]
    head = "Ventes au 23.11.2026\r\n\r\nNom;Code-barres;Statut\r\n"
    file = organiser.file("fnac.csv", head + "\r\n".join(rows) + "\r\nTotal;3;\r\n", "latin-1")
    await venue.open()
    lane = await venue.enrolled("lane")
    await lane.start(*venue.streams)
    assert (await lane.scan(ean(0)))["reason"] == "unknown"

    ended, said, _ = await organiser.typed(
        file, "--distributor", "FNAC", "--tariff", "1", "--preview"
    )
    assert ended == 0
    assert "latin-1" in said and "separated by semicolon" in said
    assert "3 tickets would be listed" in said
    assert (await lane.scan(ean(0)))["reason"] == "unknown"

    before = len(lane.lines)
    figures = await organiser.imported(file)
    assert (figures["listed"], figures["troubles"]) == (3, {})
    await lane.heard(before, event="applied", stream=venue.streams[1])
    for place in (0, 1):
        shown = await lane.scan(ean(place))
        assert (shown["decision"], shown["reason"]) == ("admit", "ok")
    await venue.delivered([lane])

    async def counted() -> bool:
        found = {row["name"]: row["entered"] for row in (await venue.counts())["distributors"]}
        return found.get("FNAC") == 2

    await until(counted)
    tonight = venue.evening.tonight
    accounts = (await venue.office(f"performances/{tonight}/accounts"))["accounts"]
    assert sum(row["sold"] for row in accounts if row["distributor"] == "FNAC") == 3

    again = await organiser.imported(file)
    assert (again["listed"], again["known"]) == (0, 3)

    before = len(lane.lines)
    taken_back = organiser.file(
        "later.csv", f"Code;Statut\n{ean(0)};vendu\n{ean(1)};vendu\n{ean(2)};annulé\n"
    )
    figures = await organiser.imported(taken_back)
    assert (figures["known"], figures["cancelled"]) == (2, 1)
    await lane.heard(before, event="applied", stream=venue.streams[2])
    shown = await lane.scan(ean(2))
    assert (shown["decision"], shown["reason"]) == ("refuse", "cancelled")

    before = len(lane.lines)
    shorter = organiser.file("shorter.csv", f"{ean(0)}\n")
    figures = await organiser.imported(shorter, "--cancel-missing")
    assert figures["cancelled"] == 1
    await lane.heard(before, event="applied", stream=venue.streams[2])
    # Whoever is inside can be cancelled as well.
    assert (await lane.scan(ean(1)))["reason"] == "cancelled"


async def test_an_import_that_is_interrupted_leaves_nothing_half(
    venue: Venue, tmp_path: Path
) -> None:
    organiser = Organiser(venue, tmp_path)
    many = organiser.file("many.csv", "".join(f"{ean(place)}\n" for place in range(60_000)))
    await venue.open()
    options = ("--distributor", "FNAC", "--tariff", "1", "--first", "0")
    process = await organiser.begin(many, *options)
    # Later it may be done before the signal comes; test_import_files stops it in every phase.
    await begun(process, b"reading")
    process.send_signal(signal.SIGINT)
    _, wrong = await asyncio.wait_for(process.communicate(), LONGEST_WAIT_S)
    assert process.returncode == 130
    assert wrong.decode().rstrip().endswith("Nothing was imported.")
    assert (await venue.office("distributors"))["distributors"] == ["Billetor"]
    assert (await venue.office("imports"))["imports"] == []
    assert list((venue.data / "imports").iterdir()) == []

    process = await organiser.begin(many, *options)
    await begun(process, b"writing")
    await venue.kill()
    _, wrong = await asyncio.wait_for(process.communicate(), LONGEST_WAIT_S)
    assert (process.returncode, "does not answer" in wrong.decode()) == (1, True)
    await venue.open()
    assert (await venue.office("distributors"))["distributors"] == ["Billetor"]
    assert (await organiser.imported(organiser.file("few.csv", f"{ean(1)}\n")))["listed"] == 1
    assert list((venue.data / "imports").iterdir()) == []


@pytest.mark.full
async def test_the_command_works_without_a_running_gateway_and_says_what_is_wrong(
    venue: Venue, tmp_path: Path
) -> None:
    organiser = Organiser(venue, tmp_path)
    file = organiser.file("codes.txt", f"{ean(1)}\n{ean(1)}\n1.23457E+12\n")
    assert not (venue.data / STORE).exists()
    ended, _, wrong = await organiser.typed(file, "--distributor", "FNAC")
    assert (ended, "There is no gateway's data" in wrong) == (1, True)
    await venue.open()
    await venue.shut()
    ended, _, wrong = await organiser.typed(file, "--distributor", "FNAC")
    assert ended == 1
    assert "Say which tariff with --tariff." in wrong
    ended, said, _ = await organiser.typed(
        file, "--distributor", "FNAC", "--tariff", "1", "--problems", str(tmp_path / "bad.txt")
    )
    assert ended == 0
    assert "1 tickets listed" in said
    assert "Row 2 has the code of row 1 once more." in said
    assert (tmp_path / "bad.txt").read_text().count("\n") == 2
    book = organiser.file("book.xlsx", "PK\x03\x04")
    ended, _, wrong = await organiser.typed(book, "--distributor", "FNAC", "--tariff", "1")
    assert ended == 1
    assert "workbook, not CSV" in wrong
