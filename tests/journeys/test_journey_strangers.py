"""Strangers who come in numbers: this machine is answered, lanes work, and the log stays short."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import aiohttp
import pytest

from journeys.venue.lane import LaneProcess
from journeys.venue.venue import Venue
from journeys.venue.waiting import ENVIRONMENT, ROOT, until

FILES = 256
"""Of the gateway; systemd's unit gives it 8,192, a shell 1,024."""

STRANGERS = 300
MOST_LINES = 60

pytestmark = pytest.mark.slow


@pytest.fixture
def sockets() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


async def admits(venue: Venue, lane: LaneProcess, number: str) -> None:
    """Scan until the gateway says itself that a guest may come in; a lane alone can't."""

    async def confirmed() -> bool:
        return bool((await lane.scan(venue.code(number)))["assurance"] == "confirmed")

    await until(confirmed)


async def test_at_the_limit_of_open_files_nobody_is_shut_out_and_the_log_stays_short(
    venue: Venue, tmp_path: Path, sockets: ExitStack
) -> None:
    log = tmp_path / "log"
    await venue.open(files=FILES, log=log)
    linked, new = await venue.enrolled("linked"), await venue.enrolled("new")
    await linked.start(*venue.streams)
    come(venue.tls, sockets)
    assert (await venue.readiness())["ready"] is True
    assert (await venue.counts())["gates"]
    code, said = await command("users", "list", "--config", str(tmp_path / "gateway.toml"))
    assert code == 0, said
    await admits(venue, linked, venue.evening.crowd[0])
    await new.start(*venue.streams)
    await admits(venue, new, venue.evening.crowd[1])
    come(int(venue.address.rpartition(":")[2]), sockets)
    await until(lambda: answered(venue))
    await venue.shut()
    lines = log.read_text().splitlines()
    assert len(lines) < MOST_LINES, lines[:MOST_LINES]
    assert any("event=connection_refused" in line and "repeated=" in line for line in lines)
    assert not [line for line in lines if "asyncio" in line or "nobody_taken_in" in line]


def come(port: int, sockets: ExitStack) -> None:
    """Connect in numbers, and say nothing."""
    for _ in range(STRANGERS):
        stranger = sockets.enter_context(socket.socket())
        stranger.setblocking(False)
        stranger.connect_ex(("127.0.0.1", port))


async def answered(venue: Venue) -> bool:
    """Tell whether this machine is answered."""
    try:
        return bool(await venue.counts())
    except aiohttp.ClientError:
        return False


async def command(*words: str) -> tuple[int, str]:
    """Run a command of the gateway."""
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-c",
            "from validator.gateway.main import main; raise SystemExit(main())",
        ),
        *words,
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()
