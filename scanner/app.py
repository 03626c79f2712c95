"""The app with a screen: one loop for window, link and lane."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

os.environ.setdefault("KIVY_NO_ARGS", "1")
os.environ.setdefault("KIVY_NO_CONFIG", "1")
os.environ.setdefault("KIVY_NO_FILELOG", "1")
os.environ.setdefault("KIVY_LOG_MODE", "PYTHON")

from kivy.app import App
from kivy.clock import Clock as Beat
from kivy.config import Config
from kivy.uix.floatlayout import FloatLayout

from device.errors import DeviceError, ForeignCode
from device.ports import Sighting, Source
from offline_cache.ages import this_boot
from offline_cache.cache import Cache
from offline_cache.errors import CacheError
from offline_cache.identity import Identity
from offline_cache.link import Alarm, ConflictTold, Down, Link, LinkEvent, Revoked, Up
from offline_cache.offset import Offset
from offline_cache.offset_file import OffsetFile
from offline_cache.wipe import wipe
from scanner.errors import FixStart
from scanner.face import Face, Ladder
from scanner.hands import Device
from scanner.lane import Lane
from scanner.layouts import Layouts
from scanner.screens.pad import PadScreen
from scanner.screens.pages import HistoryScreen, StatusScreen
from scanner.screens.parts import Screen, load_typeface
from scanner.screens.rest import RestScreen
from scanner.screens.verdict import VerdictScreen
from validator.clock import Clock
from validator.model import Fault

ENTER, KEYPAD_ENTER, TAB, ESCAPE = 13, 271, 9, 27
PREVIEW_S = 1 / 15
BROKEN = "Scan again. If it stays, call the supervisor."
UNREADABLE = "Hold the ticket still and closer, or type its number."


class EntranceApp(App):  # type: ignore[misc]
    """The window and its screens.

    Args:
        face: What they show.
        facts: Lines of the status page.
    """

    title = "Entrance control"

    def __init__(self, face: Face, facts: Callable[[], list[tuple[str, str]]]) -> None:
        super().__init__()
        self.face = face
        self._facts = facts
        self._tasks: set[asyncio.Task[None]] = set()
        self._torch = self._front = False

    def build(self) -> FloatLayout:
        """Make the screens; Kivy calls it once."""
        from kivy.core.window import Window

        load_typeface()
        Window.bind(on_key_down=self._key, on_textinput=self._letters)
        self._screens: dict[str, Screen] = {
            "rest": RestScreen(self.face, self.go),
            "verdict": VerdictScreen(self.face, self.go),
            "type": PadScreen(self.face, self.go, self._number),
            "history": HistoryScreen(self.face, self.go),
            "status": StatusScreen(self.face, self.go, self._facts),
        }
        self._root = FloatLayout()
        self._page = "rest"
        self.face.changed = self._follow
        self._open("rest")
        Beat.schedule_interval(self._look, PREVIEW_S)
        return self._root

    @property
    def page(self) -> str:
        """Name of the screen that is open."""
        return self._page

    def go(self, name: str) -> None:
        """Open a screen, or do what a key of its name asks for."""
        face, hands = self.face, self.face.hands
        if name == "again":
            self.do(face.again())
        elif name == "fewer":
            self.do(face.fewer(face.people - 1))
        elif name == "torch" and hands.torch is not None:
            self._torch = not self._torch
            hands.torch(self._torch)
        elif name == "camera" and hands.face is not None:
            self._front = not self._front
            hands.face(self._front)
        elif name == "rest":
            face.shown = None
            self._open("rest")
        else:
            self._open(name)

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        """Start something that takes time."""
        task = asyncio.get_running_loop().create_task(self.guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """Wait for something; a mistake of ours in it is shown as a fault."""
        try:
            await work
        except Exception as error:
            # A mistake of ours must not stop the lane for the next guest.
            what = f"This scan failed inside the program ({type(error).__name__})."
            self.face.show(Fault(what, BROKEN), 0.0)

    def _open(self, name: str) -> None:
        self._page = name
        self._root.clear_widgets()
        screen = self._screens[name]
        self._root.add_widget(screen)
        screen.draw()

    def _follow(self) -> None:
        if self.face.shown is not None:
            self._open("verdict")
        elif self._page == "verdict":
            self._open("rest")
        else:
            self._screens[self._page].draw()

    def _look(self, _: float) -> None:
        screen = self._screens["rest"]
        if self._page == "rest" and isinstance(screen, RestScreen):
            screen.see()

    def _number(self, number: str) -> None:
        self.do(self.face.scan(number, number=True))

    def _letters(self, _: Any, text: str) -> bool:
        self.face.letters(text)
        return True

    def _key(self, _: Any, key: int, *more: Any) -> bool:
        if key in (ENTER, KEYPAD_ENTER, TAB):
            if text := self.face.entered():
                self.do(self.face.scan(text))
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
        CacheError: Not enrolled, or the cache can't be opened.
        FixStart: There is no display.
    """
    known = device.state / "identity.json"
    identity = Identity.load(known, vault=device.vault)
    Config.set("kivy", "exit_on_escape", "0")
    Config.set("input", "mouse", "mouse,disable_multitouch")
    clock = Clock(time.time_ns, lambda: time.clock_gettime_ns(time.CLOCK_BOOTTIME))
    with contextlib.closing(Cache.open(device.state / "cache.sqlite", clock, identity)) as cache:
        asyncio.run(_work(device, identity, cache, clock))


async def _work(device: Device, identity: Identity, cache: Cache, clock: Clock) -> None:
    from kivy.core import window

    if window.Window is None:
        raise FixStart(
            "There is no display that a window can be opened on. Start it in a desktop session, "
            "or run `entrance-scanner lane`, which needs none."
        )
    face = Face(device.hands, device.language)
    offset = Offset(clock, OffsetFile(device.state / "clock.json"), this_boot())
    link = Link(
        identity,
        cache,
        clock,
        lambda event: _told(face, event),
        offset=offset,
        address=lambda: Identity.load(device.state / "identity.json", vault=device.vault).gateway,
    )
    lane = face.lane = Lane(identity.device, cache, link, face, clock, os.urandom)
    layouts = Layouts(lambda: cache.ring, face.advise)

    def facts() -> list[tuple[str, str]]:
        return _facts(face, identity, cache, link)

    app = EntranceApp(face, facts)
    for missing in device.hands.missing:
        face.note = str(missing)
    if cache.mended is not None:
        face.note = str(cache.mended)
    tasks = [asyncio.create_task(_stay_linked(lane, link, cache, device.state))]
    tasks += [asyncio.create_task(_watch(app, eye, layouts)) for eye in device.eyes]
    tasks.append(asyncio.create_task(_tick(face, lane, link)))
    try:
        await app.async_run(async_lib="asyncio")
    finally:
        for eye in device.eyes:
            eye.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if device.hands.speaker is not None:
            device.hands.speaker.close()


async def _watch(app: EntranceApp, eye: Source, layouts: Layouts) -> None:
    face = app.face
    async for item in eye.sightings():
        match item:
            case ForeignCode():
                face.advise(str(item))
            case DeviceError():
                face.show(Fault(str(item), item.todo or UNREADABLE), 0.0)
            case Sighting():
                await app.guarded(face.scan(layouts.text(item), item.symbology))


async def _stay_linked(lane: Lane, link: Link, cache: Cache, state: Path) -> None:
    await link.run()
    # It ends only on a revocation. Nothing may be written between the last look and the wipe.
    lane.shut()
    with contextlib.suppress(CacheError):
        if not cache.backlog():
            cache.close()
            wipe(state, f"{lane.clock.now()}: this device was revoked and has wiped itself.")


async def _tick(face: Face, lane: Lane, link: Link) -> None:
    while True:
        face.climb(_ladder(lane, link))
        if fault := lane.expire():
            face.show(fault, 0.0)
        await asyncio.sleep(1.0)


def _ladder(lane: Lane, link: Link) -> Ladder:
    return Ladder.GATEWAY if link.connected else Ladder.ALONE


def _told(face: Face, event: LinkEvent) -> None:
    match event:
        case Up():
            face.climb(Ladder.GATEWAY)
        case Down():
            face.climb(Ladder.ALONE)
        case Alarm(text):
            face.advise(text)
        case Revoked():
            face.advise("This device was revoked. Hand it to the supervisor.")
        case ConflictTold(conflict):
            number = conflict.number or "?"
            face.advise(f"Conflict: {number}. Tell the supervisor.")


def _facts(face: Face, identity: Identity, cache: Cache, link: Link) -> list[tuple[str, str]]:
    unknown = face.say("unknown")
    off = unknown if link.offset_ms is None else f"{link.offset_ms / 1000:+.1f} s"
    battery = face.hands.battery.percent() if face.hands.battery else None
    sound = face.say("works" if face.hands.speaker else "missing")
    facts = [
        (face.say("device"), identity.device),
        (face.say("address"), f"{identity.gateway} · {face.say(face.ladder.value)}"),
        (face.say("owed"), str(cache.backlog())),
        (face.say("clock"), off),
        (face.say("sound"), sound),
    ]
    if battery is not None:
        facts.append((face.say("battery"), f"{battery} %"))
    return facts
