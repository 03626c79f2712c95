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

from journeys.venue.venue import GATE, Venue
from journeys.venue.waiting import ENVIRONMENT, ROOT, until
from scanner.wording.palette import STYLES, Look
from validator.enrolment import Invitation

MISSING = [name for name in ("Xvfb", "xdotool", "xwininfo") if not shutil.which(name)]
WIDE, HIGH = 390, 844
REST = "#10151A"
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


async def opened(screen: Screen, state: Path, *more: str) -> asyncio.subprocess.Process:
    """Start the app on a device's folder, and wait until it has the keyboard."""
    words = ("ui", "--state", str(state), "--lang", "fr", "--window", f"{WIDE}x{HIGH}", *more)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "scanner", *words),
        cwd=ROOT,
        env=screen.environment,
        stderr=asyncio.subprocess.PIPE,
    )

    async def ready() -> bool:
        assert process.returncode is None
        return bool(await screen.window()) and screen.colour() == REST

    await until(ready)
    window = await screen.window()
    await screen.do("xdotool", "windowfocus", window)
    return process


async def ended(app: asyncio.subprocess.Process) -> None:
    """End the app; it says nothing but what its parts lack, neither then nor before."""
    app.terminate()
    _, said = await app.communicate()
    assert app.returncode == 0
    for line in said.decode().splitlines():
        assert line.startswith("entrance-scanner: "), line


async def connected(venue: Venue) -> None:
    """Wait until a lane stands at its gate."""

    async def there() -> bool:
        figures = await venue.counts()
        return bool(sum(gate["lanes"] for gate in figures["gates"]) == 1)

    await until(there)


async def entered(venue: Venue, people: int) -> None:
    """Wait until the gateway has heard of so many; one that answered late hears a little later."""

    async def heard() -> bool:
        return await venue.entered() == people

    await until(heard)


async def test_what_is_typed_fills_the_screen_with_its_verdict(
    venue: Venue, screen: Screen
) -> None:
    await venue.open()
    lane = await venue.enrolled("kiosk")
    app = await opened(screen, lane.state)
    await connected(venue)
    evening = venue.evening
    await screen.scan(venue.code(evening.full[0]))
    await screen.shows(Look.ADMIT)
    await entered(venue, 1)
    await screen.scan(venue.code(evening.cancelled))
    await screen.shows(Look.REFUSE)
    await screen.scan(venue.code(evening.full[0]))
    await screen.shows(Look.USED)
    await screen.scan(venue.code(evening.student[0]))
    await screen.shows(Look.CHECK)
    await entered(venue, 2)
    await ended(app)


async def test_a_new_device_is_shown_the_gateways_picture_and_scans(
    venue: Venue, tmp_path: Path, screen: Screen
) -> None:
    await venue.open()
    app = await opened(screen, tmp_path / "new", "--source", "camera:/dev/nocamera")
    made = await venue.post("/api/v1/devices/codes", {"gate": GATE})
    invited = Invitation(f"127.0.0.1:{venue.tls}", made["code"], bytes.fromhex(made["pin"]))
    await screen.scan(invited.text)
    await connected(venue)
    await screen.scan(venue.code(venue.evening.full[0]))
    await screen.shows(Look.ADMIT)
    await ended(app)
    assert (tmp_path / "new" / "identity.json").stat().st_mode & 0o777 == 0o600
