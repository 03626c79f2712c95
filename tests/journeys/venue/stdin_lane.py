"""The command `entrance-scanner lane` itself, as somebody types it, with codes on its stdin."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Mapping, Sequence

from journeys.venue.lane import LaneProcess
from journeys.venue.waiting import ENVIRONMENT, LONGEST_WAIT_S


class StdinLane(LaneProcess):
    """A lane on the state folder of another one, which is not running.

    Args:
        lane: The other one.
    """

    def __init__(self, lane: LaneProcess) -> None:
        super().__init__(lane.state, lane.device)
        self._said: asyncio.Task[bytes] | None = None

    async def begin(
        self,
        environment: Mapping[str, str] | None = None,
        words: Sequence[str] = (),
        source: str = "stdin",
    ) -> None:
        """Start the command, and don't wait for anything.

        Args:
            environment: Further variables.
            words: Further words of the command.
            source: Where its codes come from.
        """
        self._over = False
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "scanner", "lane", "--source", source, "--json"),
            *("--sound", "off", "--state", str(self.state), *words),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=ENVIRONMENT | dict(environment or {}),
        )
        assert self._process.stderr is not None
        self._said = asyncio.create_task(self._process.stderr.read())
        self._reading = asyncio.create_task(self._read(self._process))

    async def tell(
        self, texts: Sequence[str], *, count: int | None = None, symbology: str | None = None
    ) -> None:
        """Queue scans without waiting for what is shown; the command knows no more than texts."""
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write("".join(f"{text}\n" for text in texts).encode())
        await self._process.stdin.drain()

    async def terminated(self) -> int:
        """Send SIGTERM; return the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return await self.ended()

    async def complaint(self) -> tuple[int, str]:
        """Wait for its end; return the exit code and what it said on stderr."""
        code = await self.ended()
        assert self._said is not None
        return code, (await asyncio.wait_for(self._said, LONGEST_WAIT_S)).decode()
