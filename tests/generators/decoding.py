"""The tables of docs/decoding.md: scenes at a door by scenario, and photographs.

`PYTHONPATH=tests .venv/bin/python -m generators.decoding` measures and writes them there again.
"""

from __future__ import annotations

import itertools
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from device.camera.chain import FrameChain
from device.decoders import Zbar, Zxing, available, decode_photo
from device.ports import Gray, Symbol
from device.wanted import Wanted
from doubles.device.door import WORST, scene
from doubles.device.photographs import FOLDER, MISSING, Score, photographs
from rules.sources import ROOT

PAGE = "docs/decoding.md"
AGAIN = "PYTHONPATH=tests .venv/bin/python -m generators.decoding"
SCENES = 40
FRAMES = 15
"""Half a second at 30 a second: nobody likes to hold a ticket for longer."""

EMPTY = 30
RATE = 30

Look = Callable[[Gray], list[Symbol]]


@dataclass(slots=True)
class Seen:
    """What became of one scenario.

    Args:
        name: Of the scenario.
        hits: Scenes that each way has read.
        wrong: Texts that were not there.
    """

    name: str
    hits: dict[str, int] = field(default_factory=dict)
    wrong: int = 0

    def note(self, way: str, text: str | None, found: list[Symbol]) -> None:
        """Enter what one way found in a scene."""
        self.hits[way] = self.hits.get(way, 0) + any(symbol.text == text for symbol in found)
        self.wrong += any(symbol.text != text for symbol in found)


def scenario(name: str, scenes: int, frames: int) -> Seen:
    """Hold tickets up in one scenario.

    Args:
        name: Of the scenario.
        scenes: Tickets.
        frames: For how many frames each is held.
    """
    seen = Seen(name)
    zxing, zbar, decoders = Zxing({"qrcode"}), Zbar({"qrcode"}), available()
    for number in range(scenes):
        held = scene(name, number)
        film = held.frames(frames)
        first = next(film)
        seen.note("zxing-cpp, one frame", held.text, zxing.decode(first))
        seen.note("zbar, one frame", held.text, zbar.decode(first))
        seen.note("photo chain, one frame", held.text, decode_photo(first, decoders))
        chain = FrameChain(wanted=lambda: Wanted({"qrcode"}))
        found = next(_looked(chain, itertools.chain([first], film)), [])
        seen.note(f"camera chain, {frames} frames", held.text, found)
    return seen


def _looked(chain: FrameChain, frames: Iterable[Gray]) -> Iterator[list[Symbol]]:
    for number, frame in enumerate(frames):
        if found := chain.look(frame, number / RATE):
            yield found


def scenes_table(seen: list[Seen], scenes: int) -> str:
    """Return the scenarios as a table of Markdown."""
    ways = list(seen[0].hits)
    lines = [f"| scenario | {' | '.join(ways)} |", "|---|" + "---:|" * len(ways)]
    for one in seen:
        shares = " | ".join(f"{100 * one.hits[way] / scenes:.0f} %" for way in ways)
        lines.append(f"| {one.name} | {shares} |")
    wrong = sum(one.wrong for one in seen)
    lines.append(f"\n{scenes} scenes of each; codes read that were not there: {wrong}.")
    return "\n".join(lines)


def photographs_table() -> str:
    """Return how many photographs are read, if they are there."""
    if not (FOLDER / "manifest.json").exists():
        return MISSING
    decoders = available()
    ways: dict[str, Look] = {
        "camera chain, held for two seconds": _held,
        "photo chain": lambda gray: decode_photo(gray, decoders),
    }
    lines = ["| chain | read | wrong |", "|---|---:|---:|"]
    for name, look in ways.items():
        score = Score(name)
        for photograph in photographs():
            score.note(photograph, look(photograph.gray()))
        print(f"  {name}: {score.percent:.2f} %", file=sys.stderr, flush=True)
        lines.append(f"| {name} | {score.percent:.1f} % of {score.shown:,} | {score.wrong} |")
    return "\n".join(lines)


def _held(gray: Gray) -> list[Symbol]:
    return next(_looked(FrameChain(), [gray] * (2 * RATE)), [])


def write() -> None:
    """Measure, and write the page again."""
    seen = []
    for name in WORST:
        seen.append(scenario(name, SCENES, FRAMES))
        print(f"  {name}: {seen[-1].hits}", file=sys.stderr, flush=True)
    seen.append(scenario("empty", EMPTY, FRAMES))
    empty = seen.pop()
    table = scenes_table(seen, SCENES)
    table += f" Frames without a code: {EMPTY * FRAMES}, of which a code was read in {empty.wrong}."
    _put("scenes", f"Measured on {time.strftime('%Y-%m-%d')}.\n\n{table}")
    _put("photographs", photographs_table())


def _put(name: str, text: str) -> None:
    page = ROOT / PAGE
    begin, end = f"<!-- {name}: written by generators.decoding -->", f"<!-- end of {name} -->"
    told = f"{begin}\n{text}\n{end}"
    whole = page.read_text(encoding="utf-8")
    page.write_text(
        re.sub(f"{begin}.*{end}", lambda _: told, whole, flags=re.DOTALL), encoding="utf-8"
    )


if __name__ == "__main__":
    write()
