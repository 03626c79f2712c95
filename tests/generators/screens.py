"""Every screen of the app as a picture.

`PYTHONPATH=tests python -m generators.screens` paints them.

Each size has a display of its own (Xvfb) and a process of its own, which says what it has painted:
one JSON object a line, with the place of every text and key, for tests to look at.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rules.sources import ROOT

SIZES = {"portrait": (390, 844), "landscape": (1280, 800)}
FURTHER = {"small": (320, 480), "handheld": (480, 800), "tablet": (1024, 768), "till": (800, 480)}
"""Sizes that are tried, without pictures in the documentation."""

LANGUAGES = ("en", "fr")
FOLDER = ROOT / "docs" / "screens"
LOCAL = ("-nolisten", "tcp")
LETTERS = "-letters"
"""End of the names of screens that only a phone has: a kiosk shows all keys at once."""

COLOURS = 96
"""Of each picture: they are small, and no text loses its edge."""


@contextmanager
def display(width: int, height: int) -> Iterator[str]:
    """Give a display of a size; its name is what DISPLAY wants."""
    reading, writing = os.pipe()
    process = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{width}x{height}x24", *LOCAL],
        pass_fds=(writing,),
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as number:
            yield ":" + number.readline().strip()
    finally:
        process.terminate()
        process.wait()


def paint(size: str, languages: tuple[str, ...], folder: Path) -> list[dict[str, Any]]:
    """Paint all screens of a size; return what is on them.

    Args:
        size: Of `SIZES` or `FURTHER`.
        languages: Two letters each.
        folder: Gets `SIZE-LANGUAGE-SCREEN.png`.
    """
    with display(*(SIZES | FURTHER)[size]) as name:
        done = subprocess.run(
            [sys.executable, "-m", "generators.screens", size, ",".join(languages), str(folder)],
            env=environment(name),
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stderr[-4000:]
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def open_size(size: str) -> None:
    """Let Kivy open its window in a size; to be called before it does."""
    from kivy.config import Config

    Config.set("kivy", "exit_on_escape", "0")
    Config.set("input", "mouse", "mouse,disable_multitouch")
    for side, pixels in zip(("width", "height"), (SIZES | FURTHER)[size], strict=True):
        Config.set("graphics", side, str(pixels))


def environment(name: str) -> dict[str, str]:
    """Return what a process on a display needs."""
    return os.environ | {
        "DISPLAY": name,
        "KIVY_WINDOW": "sdl2",
        "KIVY_NO_ARGS": "1",
        "KIVY_NO_CONFIG": "1",
        "KIVY_NO_FILELOG": "1",
        "KIVY_LOG_MODE": "PYTHON",
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]),
        "TZ": "Europe/Zurich",
    }


async def _work(size: str, languages: list[str], folder: Path) -> None:
    from PIL import Image, ImageGrab

    from doubles.screen.stage import SCENES, VERDICTS, Stage
    from scanner.app.window import EntranceApp

    stage = Stage(languages[0])
    app = EntranceApp(stage.device_run)
    running = asyncio.create_task(app.async_run(async_lib="asyncio"))
    await drawn(3)

    async def shoot(name: str) -> None:
        app.screen.see()
        await drawn(2)
        picture = ImageGrab.grab(xdisplay=os.environ["DISPLAY"]).convert("RGB")
        small = picture.quantize(COLOURS, dither=Image.Dither.NONE)
        small.save(folder / f"{size}-{stage.face.language}-{name}.png", optimize=True)
        print(json.dumps(seen_on(app, name)), flush=True)

    for language in languages:
        stage.face.language = language
        for name in VERDICTS:
            stage.clear()
            stage.verdict(name)
            await shoot(name)
        for name, (page, prepare) in SCENES.items():
            stage.clear()
            prepare(stage)
            app.go(page)
            await drawn(1)
            if name.endswith(LETTERS) and not _press(app, "ABC"):
                continue
            await shoot(name)
            _press(app, "123")
    app.stop()
    await running


async def drawn(frames: int) -> None:
    """Wait until so many frames are on the screen."""
    from kivy.core.window import Window

    loop = asyncio.get_running_loop()
    for _ in range(frames):
        frame = loop.create_future()

        def flipped(*_: Any, frame: asyncio.Future[None] = frame) -> None:
            if not frame.done():
                frame.set_result(None)

        Window.bind(on_flip=flipped)
        Window.canvas.ask_update()
        await frame
        Window.unbind(on_flip=flipped)


def _press(app: Any, text: str) -> bool:
    """Press a key, if there is one that says so."""
    found = [child for child in app.screen.children if getattr(child, "ground", None) is not None]
    for key in found:
        if key.text == text:
            key.dispatch("on_press")
    return any(key.text == text for key in found)


def seen_on(app: Any, name: str) -> dict[str, Any]:
    """Return what is on the open screen: places of texts and keys in pixels, from below."""
    from scanner.screens.widgets import Key

    screen = app.screen
    keys = [child for child in screen.children if isinstance(child, Key)]
    texts = [_place(text) | {"font": text.size} for text in screen.texts if text.text]
    texts += [_place(key.label) | {"key": True} for key in keys if key.text]
    return {
        "screen": name,
        "language": app.face.language,
        "size": [screen.width, screen.height],
        "unit": screen.unit,
        "ground": screen.ground,
        "texts": texts,
        "keys": [_place(key) | {"ink": key.ink, "ground": key.ground} for key in keys],
    }


def _place(part: Any) -> dict[str, Any]:
    return {"text": part.text, "box": [part.x, part.y, part.x + part.width, part.top]}


def pictures() -> list[Path]:
    """Return the pictures of the app; others have theirs in the same folder."""
    return [path for size in SIZES for path in FOLDER.glob(f"{size}-*.png")]


def main(words: list[str]) -> None:
    """Paint everything, or as one size's own process what it is told."""
    if words:
        size, languages, folder = words
        open_size(size)
        asyncio.run(_work(size, languages.split(","), Path(folder)))
        return
    FOLDER.mkdir(exist_ok=True)
    for size in SIZES:
        for old in FOLDER.glob(f"{size}-*.png"):
            old.unlink()
        found = paint(size, LANGUAGES, FOLDER)
        print(f"{size}: {len(found)} screens", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
