"""A lane with a screen: the real window, on a display of its own, typed into as scanners do."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import ImageGrab

from journeys.lane import LaneProcess
from journeys.venue import Venue
from journeys.waiting import ENVIRONMENT, ROOT, until
from scanner.palette import STYLES, Look

MISSING = [name for name in ("Xvfb", "xdotool", "xwininfo") if not shutil.which(name)]
WIDE, HIGH = 390, 844
TITLE = "Entrance control"

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")


class Screen:
    """A display with one window on it."""

    def __init__(self, display: str) -> None:
        self.name = display
        self.environment = ENVIRONMENT | {
            "DISPLAY": display,
            "KIVY_WINDOW": "sdl2",
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }

    async def window(self) -> str:
        """Return the id of the app's window, empty = none; nothing manages windows here."""
        tree = await self.do("xwininfo", "-root", "-tree")
        found = re.search(rf'(0x[0-9a-f]+) "{TITLE}"', tree)
        return found[1] if found else ""

    async def do(self, *words: str) -> str:
        """Run one of the display's own programs."""
        process = await asyncio.create_subprocess_exec(
            *words,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        said, _ = await process.communicate()
        return said.decode().strip()

    async def scan(self, text: str) -> None:
        """Type a code and Enter."""
        await self.do("xdotool", "type", "--delay", "2", text)
        await self.do("xdotool", "key", "Return")

    async def shows(self, look: Look) -> None:
        """Wait until the whole screen has a verdict's colour."""

        async def coloured() -> bool:
            return self.colour() == STYLES[look].colour

        await until(coloured)

    def colour(self) -> str:
        """Return the ground's colour, at the right edge in the middle."""
        picture = ImageGrab.grab(xdisplay=self.name).convert("RGB")
        place = (WIDE - 16, HIGH // 2, WIDE - 15, HIGH // 2 + 1)
        return "#" + picture.crop(place).tobytes().hex().upper()


@pytest.fixture
async def screen() -> AsyncIterator[Screen]:
    """Give a display of a phone's size."""
    reading, writing = os.pipe()
    process = await asyncio.create_subprocess_exec(
        *("Xvfb", "-displayfd", str(writing), "-screen", "0", f"{WIDE}x{HIGH}x24"),
        *("-nolisten", "tcp"),
        pass_fds=(writing,),
        stderr=asyncio.subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as number:
        yield Screen(":" + (await asyncio.to_thread(number.readline)).strip())
    process.terminate()
    await process.wait()


async def opened(screen: Screen, venue: Venue, lane: LaneProcess) -> asyncio.subprocess.Process:
    """Start the app on a lane's folder, and wait until it is connected and has the keyboard."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "scanner", "ui", "--state", str(lane.state), "--lang", "fr"),
        cwd=ROOT,
        env=screen.environment,
        stderr=asyncio.subprocess.DEVNULL,
    )

    async def ready() -> bool:
        assert process.returncode is None
        figures = await venue.counts()
        return bool(await screen.window()) and sum(g["lanes"] for g in figures["gates"]) == 1

    await until(ready)
    window = await screen.window()
    await screen.do("xdotool", "windowmove", window, "0", "0")
    await screen.do("xdotool", "windowsize", window, str(WIDE), str(HIGH))
    await screen.do("xdotool", "windowfocus", window)
    return process


async def test_what_is_typed_fills_the_screen_with_its_verdict(
    tmp_path: Path, screen: Screen
) -> None:
    venue = Venue(tmp_path)
    await venue.open()
    try:
        lane = await venue.enrolled("kiosk")
        app = await opened(screen, venue, lane)
        evening = venue.evening
        await screen.scan(venue.code(evening.full[0]))
        await screen.shows(Look.ADMIT)
        assert await venue.entered() == 1
        await screen.scan(venue.code(evening.cancelled))
        await screen.shows(Look.REFUSE)
        await screen.scan(venue.code(evening.full[0]))
        await screen.shows(Look.USED)
        await screen.scan(venue.code(evening.student[0]))
        await screen.shows(Look.CHECK)
        assert await venue.entered() == 2
        app.terminate()
        await app.wait()
    finally:
        await venue.close()
