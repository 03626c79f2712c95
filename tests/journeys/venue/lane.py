"""A lane as a journey sees it: a process that is told what to scan, and says what it shows."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from journeys.venue.place import Here, Place
from journeys.venue.waiting import ENVIRONMENT, LONGEST_WAIT_S

Line = dict[str, Any]
SHOWN = ("scan", "fault")


class LaneProcess:
    """A lane on a state folder; may be started again after it died.

    Args:
        state: Folder with the device's identity.
        device: Its id.
        place: Where it runs.
    """

    def __init__(self, state: Path, device: str, place: Place | None = None) -> None:
        self.device = device
        self.place = place or Here()
        self.state = state
        self.lines: list[Line] = []
        self._grown = asyncio.Condition()
        self._over = False
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def scans(self) -> list[Line]:
        """Every verdict that was shown, over all starts."""
        return [line for line in self.lines if line["event"] == "scan"]

    async def start(
        self,
        *streams: str,
        dying: str = "",
        wait_s: float = 30.0,
        silence_s: float = 10.0,
        ahead_s: int = 0,
    ) -> None:
        """Start the lane and wait until it is up and holds what it needs.

        Args:
            streams: Streams to wait for; none = don't wait for the link either.
            dying: Moment at which it is killed, empty = never.
            wait_s: How long it waits for an answer to a claim.
            silence_s: How long it waits for any message.
            ahead_s: How far its clock is off.
        """
        script = "doubles.lane.crashing" if dying else "doubles.lane.spoken_lane"
        words = ["--moment", dying] if dying else []
        before = len(self.lines)
        self._over = False
        self._process = await asyncio.create_subprocess_exec(
            *(*self.place.prefix, sys.executable, "-m", script, str(self.state)),
            *("--wait-s", str(wait_s), "--silence-s", str(silence_s)),
            *("--ahead-s", str(ahead_s), *words),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=ENVIRONMENT,
        )
        self._reading = asyncio.create_task(self._read(self._process))
        if streams:
            await self.heard(before, event="up")
        for stream in streams:
            await self.heard(before, event="applied", stream=stream)

    async def scan(
        self, text: str, *, count: int | None = None, symbology: str | None = None
    ) -> Line:
        """Hold a ticket in front of the lane and return what it shows."""
        before = len(self.lines)
        await self.tell([text], count=count, symbology=symbology)
        return await self._line(before, lambda line: line["event"] in SHOWN)

    async def tell(
        self, texts: Sequence[str], *, count: int | None = None, symbology: str | None = None
    ) -> None:
        """Queue scans without waiting for what is shown."""
        assert self._process is not None and self._process.stdin is not None
        for text in texts:
            said = {"text": text, "count": count, "symbology": symbology}
            self._process.stdin.write(json.dumps(said).encode() + b"\n")
        await self._process.stdin.drain()

    async def heard(self, after: int, **wanted: str) -> Line:
        """Wait for a line with these fields, after so many lines."""
        return await self._line(
            after, lambda line: all(line.get(key) == value for key, value in wanted.items())
        )

    async def acknowledged(self) -> bool:
        """Tell whether it has heard that the gateway has every row of its journal."""
        db = sqlite3.connect(f"file:{self.state / 'cache.sqlite'}?mode=ro", uri=True)
        try:
            owed = db.execute("SELECT count(*) FROM journal WHERE state = 0").fetchone()
            return bool(owed == (0,))
        finally:
            db.close()

    async def command(self, *words: str) -> tuple[int, str]:
        """Run a command of `entrance-scanner` here; return its exit code and what it said."""
        process = await asyncio.create_subprocess_exec(
            *(*self.place.prefix, sys.executable, "-m", "scanner", *words),
            *("--state", str(self.state)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=ENVIRONMENT,
        )
        said, _ = await asyncio.wait_for(process.communicate(), LONGEST_WAIT_S)
        assert process.returncode is not None
        return process.returncode, said.decode()

    async def ended(self) -> int:
        """Wait for the process to end by itself and return its exit code."""
        assert self._process is not None and self._reading is not None
        code = await asyncio.wait_for(self._process.wait(), LONGEST_WAIT_S)
        await self._reading
        return code

    async def finish(self) -> None:
        """End the input, wait until the journal is delivered and the lane ends well."""
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.close()
        assert await self.ended() == 0

    async def kill(self) -> None:
        """Kill what is still running."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
        if self._process is not None:
            await self._process.wait()
        if self._reading is not None:
            await self._reading

    async def _line(self, after: int, fits: Callable[[Line], bool]) -> Line:
        def found() -> Line | None:
            return next((line for line in self.lines[after:] if fits(line)), None)

        def over() -> bool:
            return found() is not None or self._over

        async with self._grown:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_WAIT_S):
                    await self._grown.wait_for(over)
        line = found()
        last = self.lines[-5:]
        assert line is not None, f"{'ended' if self._over else 'silent'}, its last lines: {last}"
        return line

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for text in process.stdout:
            self.lines.append(json.loads(text))
            async with self._grown:
                self._grown.notify_all()
        self._over = True
        async with self._grown:
            self._grown.notify_all()
