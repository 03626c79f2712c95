"""A real lane in a process of its own, fed with ticket pictures."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from validator.errors import FixConfig, RetryLater

LONGEST_WAIT_S = 120.0

PATIENCE_S = 30
"""The demo shows what the parts agree on, also on a machine that is too busy to be quick."""


class LaneProcess:
    """`entrance-scanner lane` with a folder of pictures as its camera.

    Args:
        folder: Gets the device's state and its pictures.
        heard: Called with each line of the lane as it comes.
    """

    def __init__(self, folder: Path, heard: Callable[[dict[str, Any]], None]) -> None:
        self._state = folder / "state"
        self._pictures = folder / "pictures"
        self._heard = heard
        self._count = 0
        self._events: list[dict[str, Any]] = []
        self._grown = asyncio.Condition()
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    async def enrol(self, code: str, gateway: str, name: str) -> None:
        """Enrol over TLS with a one-time code.

        Raises:
            FixConfig: The lane could not enrol; the message is its own.
        """
        self._state.mkdir(parents=True, exist_ok=True)
        process = await asyncio.create_subprocess_exec(
            *_command("enrol", code, "--gateway", gateway, "--name", name),
            "--state",
            str(self._state),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, errors = await process.communicate()
        if process.returncode:
            raise FixConfig(f"The lane could not enrol: {errors.decode(errors='replace').strip()}")

    async def start(self) -> None:
        """Start the lane; it goes on until `stop`."""
        self._pictures.mkdir(parents=True, exist_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            *_command("lane", "--source", f"images:{self._pictures}", "--json", "--sound", "off"),
            *("--patience", str(PATIENCE_S)),
            "--state",
            str(self._state),
            stdout=asyncio.subprocess.PIPE,
        )
        self._reader = asyncio.create_task(self._read(self._process))

    async def show(self, picture: bytes) -> dict[str, Any]:
        """Hold a picture in front of the lane.

        Args:
            picture: PNG.

        Returns:
            The lane's line about it.
        """
        before = len(self._events)
        self._count += 1
        path = self._pictures / f"{self._count:05d}.png"
        path.with_suffix(".tmp").write_bytes(picture)
        path.with_suffix(".tmp").rename(path)
        return await self.event(before, event=("scan", "fault"))

    @property
    def heard(self) -> int:
        """Number of lines so far, to hand to `event`."""
        return len(self._events)

    async def event(self, after: int, **wanted: tuple[Any, ...]) -> dict[str, Any]:
        """Wait for a line.

        Args:
            after: Lines to skip, from `heard`.
            **wanted: Fields and their possible values.

        Raises:
            RetryLater: The lane ended, or said nothing of the kind for two minutes.
        """

        def found() -> dict[str, Any] | None:
            for event in self._events[after:]:
                if all(event.get(key) in values for key, values in wanted.items()):
                    return event
            if self._reader is not None and self._reader.done():
                raise RetryLater("The lane's process ended too early; its error stands above.")
            return None

        async with self._grown:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_WAIT_S):
                    await self._grown.wait_for(lambda: found() is not None)
        event = found()
        if event is None:
            raise RetryLater(f"The lane did not say {wanted} for {LONGEST_WAIT_S:.0f} s.")
        return event

    async def stop(self) -> None:
        """End the lane and wait for it."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            await self._process.wait()
        if self._reader is not None:
            await self._reader

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for text in process.stdout:
            event = json.loads(text)
            self._events.append(event)
            self._heard(event)
            async with self._grown:
                self._grown.notify_all()
        async with self._grown:
            self._grown.notify_all()


def _command(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "scanner", *words)
