"""The real window, touched and typed into; the lane behind it writes down what it is asked."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from PIL import ImageGrab

from doubles.screen.x11 import ESCAPE, RETURN, Keyboard
from generators.screens import SIZES, display, environment
from journeys.venue.waiting import until
from rules.sources import ROOT
from scanner.wording.palette import STYLES, Look

pytestmark = pytest.mark.skipif(not shutil.which("Xvfb"), reason="not installed: Xvfb")

WIDE, HIGH = SIZES["portrait"]
GROWTH_BYTES = 12 << 20
"""Less than a screen's textures; 1,000 forgotten verdicts would be a hundred times as much."""


class Window:
    """The staged app on a display of its own."""

    def __init__(self, process: asyncio.subprocess.Process, name: str, keyboard: Keyboard) -> None:
        self._process = process
        self._name = name
        self.keyboard = keyboard

    async def ask(self, word: str) -> dict[str, Any]:
        """Ask the app something; see `journeys.staged_app`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(word.encode() + b"\n")
        line = await self._process.stdout.readline()
        assert line, "the app has ended"
        found: dict[str, Any] = json.loads(line)
        return found

    async def shows(self, true: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Wait until something is true of the open screen; return what is on it."""
        seen: dict[str, Any] = {}

        async def shown() -> bool:
            seen.update(await self.ask("look"))
            return bool(seen["keys"] or seen["texts"]) and bool(true(seen))

        await until(shown)
        return seen

    async def page(self, name: str) -> dict[str, Any]:
        """Wait for a screen."""
        return await self.shows(lambda seen: seen["screen"] == name)

    async def touch(self, text: str) -> None:
        """Touch the key that says so."""
        seen = await self.shows(lambda seen: any(key["text"] == text for key in seen["keys"]))
        self.touch_at(next(key["box"] for key in seen["keys"] if key["text"] == text))

    def touch_at(self, box: list[float]) -> None:
        """Touch the middle of a key."""
        left, foot, right, top = box
        self.keyboard.click((left + right) / 2, HIGH - (foot + top) / 2)

    def picture(self) -> bytes:
        """Return what the display shows."""
        return ImageGrab.grab(xdisplay=self._name).convert("RGB").tobytes()

    async def heard(self, count: int) -> list[str]:
        """Wait until the lane was asked so often; return what."""

        async def enough() -> bool:
            return bool((await self.ask("look"))["heard"] >= count)

        await until(enough)
        found: list[str] = (await self.ask("heard"))["heard"]
        return found


@asynccontextmanager
async def window(language: str) -> AsyncIterator[Window]:
    with display(WIDE, HIGH) as name:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "journeys.staged_app", language),
            cwd=ROOT,
            env=environment(name),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        keyboard = Keyboard(name)
        opened = Window(process, name, keyboard)
        await opened.shows(lambda seen: seen["size"] == [WIDE, HIGH])
        yield opened
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
        keyboard.close()


@pytest.fixture
async def english() -> AsyncIterator[Window]:
    async with window("en") as opened:
        yield opened


async def test_every_text_is_there_again_when_the_graphics_were_lost(english: Window) -> None:
    english.keyboard.type("check:1")
    english.keyboard.key(RETURN)
    await english.page("verdict")
    before = english.picture()
    await english.ask("lose")
    assert english.picture() == before


async def test_every_key_does_what_it_says(english: Window) -> None:
    await english.touch("Exit")
    await english.touch("Type")
    await english.page("type")
    await english.touch("1")
    await english.touch("ABC")
    for key in ("Q", "K", "Erase", "X", "123", "7", "Check"):
        await english.touch(key)
    (number,) = await english.heard(1)
    assert number == "1QX7 {'number': True, 'direction': <Direction.EXIT: 'exit'>}"
    english.keyboard.key(ESCAPE)
    await english.page("rest")
    await english.touch("Entry")
    await english.touch("History")
    seen = await english.page("history")
    assert "Enter" in [text["text"] for text in seen["texts"]]
    await english.touch("Back")
    await english.touch("Status")
    await english.page("status")
    for language in ("English", "Français", "Deutsch", "Español", "Italiano"):
        await english.touch(language)
    await english.touch("Back")
    await english.page("rest")


async def test_a_group_is_counted_and_sent_away_by_touch(english: Window) -> None:
    english.keyboard.type("ADMIT-GROUP:1")
    english.keyboard.key(RETURN)
    four = await english.shows(lambda seen: says(seen, "4"))
    minus = next(key["box"] for key in four["keys"] if not key["text"])
    english.touch_at(minus)
    await english.shows(lambda seen: says(seen, "3"))
    english.touch_at(minus)
    two = await english.shows(lambda seen: says(seen, "2"))
    english.touch_at(max(key["box"] for key in two["keys"] if not key["text"]))
    await english.shows(lambda seen: says(seen, "3"))
    await english.touch("Sent away")
    seen = await english.page("rest")
    assert says(seen, "Taken back. Not counted.")
    heard = await english.heard(8)
    assert heard == [
        "ADMIT-GROUP:1",
        *("undo", "ADMIT-GROUP:1 {'count': 3}", "undo", "ADMIT-GROUP:1 {'count': 2}"),
        *("undo", "ADMIT-GROUP:1 {'count': 3}", "undo"),
    ]


async def test_after_a_fault_the_same_code_is_tried_again_by_touch(english: Window) -> None:
    english.keyboard.type("FAULT:1")
    english.keyboard.key(RETURN)
    await english.touch("Try again")
    assert await english.heard(2) == ["FAULT:1", "FAULT:1"]
    assert english.keyboard.pixel(WIDE - 16, HIGH // 2) == STYLES[Look.FAULT].colour
    english.keyboard.click(WIDE / 2, HIGH / 2)
    await english.page("rest")


async def test_500_codes_typed_as_fast_as_the_display_takes_them_are_all_exact(
    english: Window,
) -> None:
    kinds = ("ADMIT", "USED", "REFUSE-CANCELLED", "REPEAT", "CHECK")
    codes = [f"{kinds[number % 5]}:{number:03}:aZ09 $%*+-./:_~" for number in range(500)]
    for code in codes:
        english.keyboard.type(code)
        english.keyboard.key(RETURN)
    assert await english.heard(500) == codes


@pytest.mark.full
async def test_1000_scans_that_are_all_shown_leave_no_memory_behind(english: Window) -> None:
    kinds = ("ADMIT", "USED", "REFUSE-CANCELLED", "REPEAT", "CHECK", "FAULT")
    before = 0
    for number in range(1_300):
        english.keyboard.type(f"{kinds[number % 6]}:{number}")
        english.keyboard.key(RETURN)
        await english.heard(number + 1)
        if number == 300:
            before = (await english.ask("memory"))["memory"]
    after = (await english.ask("memory"))["memory"]
    assert after - before < GROWTH_BYTES


def says(seen: dict[str, Any], text: str) -> bool:
    return any(found["text"] == text for found in seen["texts"])
