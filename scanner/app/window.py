"""The app with a screen: one loop for window, link and lane."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
from collections.abc import Coroutine
from typing import Any

os.environ.setdefault("KIVY_NO_ARGS", "1")
os.environ.setdefault("KIVY_NO_CONFIG", "1")
os.environ.setdefault("KIVY_NO_FILELOG", "1")
os.environ.setdefault("KIVY_LOG_MODE", "PYTHON")

from kivy.app import App
from kivy.clock import Clock as Beat
from kivy.config import Config
from kivy.uix.floatlayout import FloatLayout

from scanner.app.device_run import DeviceRun
from scanner.errors import FixStart
from scanner.face.equipment import Device
from scanner.face.face import Face
from scanner.lane.lane_log import LaneLog
from scanner.screens.enrol import EnrolScreen
from scanner.screens.pad import PadScreen
from scanner.screens.pages import HistoryScreen, StatusScreen
from scanner.screens.rest import RestScreen
from scanner.screens.text import load_typeface
from scanner.screens.verdict import VerdictScreen
from scanner.screens.widgets import Screen

ENTER, KEYPAD_ENTER, TAB, ESCAPE = 13, 271, 9, 27
PREVIEW_S = 1 / 15


class EntranceApp(App):  # type: ignore[misc]
    """The window and its screens.

    Args:
        device_run: What they show and start.
    """

    title = "Entrance control"

    def __init__(self, device_run: DeviceRun) -> None:
        super().__init__()
        self.device_run, self.face = device_run, device_run.face
        self._tasks: set[asyncio.Task[None]] = set()
        self._front = False

    def build(self) -> FloatLayout:
        """Make the screens; Kivy calls it once."""
        from kivy.core.window import Window

        load_typeface()
        Window.bind(on_key_down=self._key, on_textinput=self._letters)
        face, device_run = self.face, self.device_run
        self._screens: dict[str, Screen] = {
            "enrol": EnrolScreen(face, self.go, device_run.enrolment),
            "rest": RestScreen(face, self.go),
            "verdict": VerdictScreen(face, self.go),
            "type": PadScreen(face, self.go, self._number),
            "history": HistoryScreen(face, self.go),
            "status": StatusScreen(face, self.go, lambda: device_run.facts()),
        }
        self._root = FloatLayout()
        # What changes several times before a frame is drawn once.
        self._soon = Beat.create_trigger(self._draw, -1)
        self._page = "rest"
        self.face.changed = device_run.enrolment.changed = self._follow
        self._follow()
        Beat.schedule_interval(self._look, PREVIEW_S)
        # What is here now stays: no later collection of garbage has to look through it.
        gc.freeze()
        return self._root

    @property
    def page(self) -> str:
        """Name of the screen that is open."""
        return self._page

    @property
    def screen(self) -> Screen:
        """The screen that is open."""
        return self._screens[self._page]

    def go(self, name: str) -> None:
        """Open a screen, or do what a key of its name asks for."""
        face, equipment = self.face, self.face.equipment
        match name:
            case "again":
                self.do(face.again())
            case "fewer":
                self.do(face.recount(face.people - 1))
            case "more":
                self.do(face.recount(face.people + 1))
            case "join":
                self.do(self.device_run.enrolment.join())
            case "torch" if equipment.torch is not None:
                face.lit = not face.lit
                equipment.torch(face.lit)
                face.changed()
            case "camera" if equipment.turn_camera is not None:
                self._front = not self._front
                equipment.turn_camera(self._front)
            case "status":
                face.notes.read()
                self._open("status")
            case "rest":
                face.shown = None
                self._open("rest")
            case _:
                self._open(name)

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        """Start something that takes time."""
        task = asyncio.get_running_loop().create_task(self.device_run.guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _open(self, name: str) -> None:
        if name == "rest" and self.device_run.enrolment.wanted:
            name = "enrol"
        self._page = name
        self._soon()

    def _draw(self, _: float) -> None:
        self._root.clear_widgets()
        self._root.add_widget(self.screen)
        self.screen.draw()

    def _follow(self) -> None:
        if self.face.shown is not None:
            self._open("verdict")
        elif self.device_run.enrolment.wanted:
            self._open("enrol")
        elif self._page in ("verdict", "enrol"):
            self._open("rest")
        else:
            self._soon()

    def _look(self, _: float) -> None:
        self.screen.see()

    def _number(self, number: str) -> None:
        self.do(self.face.scan(number, number=True))

    def _letters(self, _: Any, text: str) -> bool:
        self.face.letters(text)
        return True

    def _key(self, _: Any, key: int, *more: Any) -> bool:
        if key in (ENTER, KEYPAD_ENTER, TAB):
            if text := self.face.entered():
                self.do(self.device_run.take(text))
            return True
        if key == ESCAPE:
            self.go("rest")
            return True
        return False


def run(device: Device) -> None:
    """Run the app until its window is closed.

    Args:
        device: What it runs on.

    Raises:
        FixStart: There is no display.
    """
    Config.set("kivy", "exit_on_escape", "0")
    Config.set("input", "mouse", "mouse,disable_multitouch")
    Config.set("graphics", "allow_screensaver", "0")
    if device.whole:
        Config.set("graphics", "fullscreen", "auto")
        Config.set("graphics", "position", "custom")
        Config.set("graphics", "left", "0")
        Config.set("graphics", "top", "0")
    if device.window is not None:
        width, height = device.window
        Config.set("graphics", "width", str(width))
        Config.set("graphics", "height", str(height))
    asyncio.run(_work(device))


async def _work(device: Device) -> None:
    from kivy.core import window

    if window.Window is None:
        raise FixStart(
            "No window can be opened. Start it in a desktop session, with libGL installed (Debian: "
            "apt install libgl1), or run `entrance-scanner lane`, which needs neither."
        )
    device_run = DeviceRun(device, Face(device.equipment, device.language), LaneLog.of(os.environ))
    app = EntranceApp(device_run)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, app.stop)
    working = asyncio.create_task(device_run.run())
    working.add_done_callback(lambda _: app.stop())
    try:
        await app.async_run(async_lib="asyncio")
    finally:
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working
        if device.equipment.speaker is not None:
            device.equipment.speaker.close()
