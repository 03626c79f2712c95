"""The picture of the house, docs/house.svg: packages, their rooms, and who uses whom.

`PYTHONPATH=tests .venv/bin/python -m generators.house` draws it again.

Floors are the layers of the import contracts in pyproject.toml, arrows are the imports that there
are, and what a room is for is the beginning of its docstring.
"""

from __future__ import annotations

import ast
import itertools
import re
import textwrap
import tomllib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import grimp

from rules.sources import PACKAGES, ROOT

PICTURE = ROOT / "docs" / "house.svg"
AGAIN = "PYTHONPATH=tests .venv/bin/python -m generators.house"

WALLED_OFF = ("validator.gateway", "validator.upstreams", "validator.boxoffice")
"""Folders of validator that are drawn as houses of their own, beside its core."""

LEGEND = (
    "A room may use every floor below its own,",
    "none above and none beside it.",
    "An arrow says whose rooms are used.",
    "Bold with a slash is a folder, plain a file.",
)

INK, GREY, LINES = "#1b2128", "#5d656e", "#757d86"
GROUND, WALL, PAPER, JUDGE = "#eef2f6", "#dfe6ec", "#ffffff", "#d9ead9"

TITLE, NAME, WORDS, SMALL = 15, 13, 12, 11
LETTER = 0.57
"""Width of a letter in parts of its size: enough for most faces without serifs."""

FLOOR, LINE, GAP, PAD, AISLE = 23, 13, 3, 8, 30
WIDTH, LEFT, NARROW = 1000, 436, 156

SENTENCE = re.compile(r"(?<=[.?]) ")
PAUSE = re.compile(r"(?<=[?])|[,:;.](?: |$)")


@dataclass(frozen=True, slots=True)
class Room:
    """A folder or a file of a package.

    Args:
        module: Full name, with dots.
    """

    module: str

    @property
    def is_folder(self) -> bool:
        """Whether it may hold more than one file."""
        return self._path.is_dir()

    @property
    def name(self) -> str:
        """What its package calls it; a folder ends with a slash."""
        return self.module.split(".")[-1] + "/" * self.is_folder

    @property
    def sentence(self) -> str:
        """The first sentence of its docstring."""
        file = self._path / "__init__.py" if self.is_folder else self._path.with_suffix(".py")
        told = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
        return SENTENCE.split(" ".join(told.replace("`", "").split()))[0]

    @property
    def words(self) -> str:
        """What it is for: the sentence as far as its first pause."""
        return PAUSE.split(self.sentence)[0]

    @property
    def _path(self) -> Path:
        return ROOT.joinpath(*self.module.split("."))

    def fits(self, width: int) -> bool:
        """Say whether name and words fit into one line."""
        taken = int(len(self.name) * NAME * LETTER) + 8
        return len(lines(self.words, width - taken, WORDS)) == 1

    def height(self, width: int) -> int:
        """Return what it needs if its words stand below its name, in px."""
        return FLOOR + len(lines(self.words, width, SMALL)) * LINE

    def draw(self, x: int, y: int, width: int, height: int) -> Iterator[str]:
        """Yield the box, its name and its words: beside it in a room of one line, else below."""
        beside = height == FLOOR
        yield box(x, y, width, height, JUDGE if self.module == "validator.judge" else PAPER, 4)
        words = f'<tspan dx="8" {face(WORDS, fill=GREY)}>{escape(self.words)}</tspan>' * beside
        bold = 600 if self.is_folder else 400
        yield f'<text x="{x + 6}" y="{y + 16}" {face(NAME, bold)}>{self.name}{words}</text>'
        for number, line in enumerate([] if beside else lines(self.words, width, SMALL)):
            yield text(x + 6, y + FLOOR + 7 + number * LINE, line, SMALL, fill=GREY)


@dataclass(frozen=True, slots=True)
class Block:
    """Rooms that stand together.

    Args:
        title: What is written above them.
        words: What they are for.
        floors: From top to foot.
        x: Left edge, in px.
        width: In px.
        files: Single files that have no floor of their own.
        fill: Colour of its walls.
    """

    title: str
    words: str
    floors: Sequence[Sequence[Room]]
    x: int
    width: int
    files: Sequence[str] = ()
    fill: str = WALL

    @property
    def modules(self) -> list[str]:
        """What is in it, without what is in its folders."""
        return [room.module for floor in self.floors for room in floor]

    @property
    def middle(self) -> int:
        """Of its width, in px."""
        return self.x + self.width // 2

    @property
    def height(self) -> int:
        """In px."""
        floors = sum(self._height(floor) + GAP for floor in self.floors)
        return self._header + floors + len(self._listing) * LINE + PAD

    def draw(self, y: int) -> Iterator[str]:
        """Yield walls, words and floors."""
        yield box(self.x, y, self.width, self.height, self.fill, 8)
        yield text(self.x + PAD, y + 20, self.title, TITLE, 600)
        for number, line in enumerate(self._words):
            yield text(self.x + PAD, y + 36 + number * LINE, line, WORDS)
        y += self._header
        for floor in self.floors:
            share = (self._inside + GAP) // len(floor) - GAP
            for number, room in enumerate(floor):
                x = self.x + PAD + number * (share + GAP)
                yield from room.draw(x, y, share, self._height(floor))
            y += self._height(floor) + GAP
        for number, line in enumerate(self._listing):
            yield text(self.x + PAD + 6, y + 11 + number * LINE, line, SMALL, fill=GREY)

    @property
    def _inside(self) -> int:
        return self.width - 2 * PAD

    @property
    def _words(self) -> list[str]:
        return lines(self.words, self._inside, WORDS)

    @property
    def _header(self) -> int:
        return 31 + len(self._words) * LINE

    @property
    def _listing(self) -> list[str]:
        return lines(", ".join(self.files), self._inside, SMALL)

    def _height(self, floor: Sequence[Room]) -> int:
        share = (self._inside + GAP) // len(floor) - GAP
        if all(room.fits(share) for room in floor):
            return FLOOR
        return max(room.height(share) for room in floor)


def lines(words: str, width: int, size: int) -> list[str]:
    """Return words in lines that fit into a box of some px."""
    return textwrap.wrap(words, int((width - 8) / size / LETTER), break_on_hyphens=False)


def face(size: int, weight: int = 400, fill: str = INK) -> str:
    """Return the attributes of a text."""
    return f'font-size="{size}" font-weight="{weight}" fill="{fill}"'


def text(x: int, y: int, words: str, size: int, weight: int = 400, fill: str = INK) -> str:
    """Return a line of text."""
    return f'<text x="{x}" y="{y}" {face(size, weight, fill)}>{escape(words)}</text>'


def box(x: int, y: int, width: int, height: int, fill: str, radius: int) -> str:
    """Return a rectangle with round corners."""
    shape = f'x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}"'
    return f'<rect {shape} fill="{fill}" stroke="{LINES}"/>'


@cache
def contracts() -> dict[str, dict[str, Any]]:
    """Return the import contracts of pyproject.toml, by their ids."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {found["id"]: found for found in told["tool"]["importlinter"]["contracts"]}


@cache
def graph() -> grimp.ImportGraph:
    """Return who imports whom, as the files say now."""
    return grimp.build_graph(*PACKAGES, cache_dir=None)


def layers(package: str) -> list[list[Room]]:
    """Return the floors that a package's contract sets, from top to foot."""
    (contract,) = (found for found in contracts().values() if found.get("containers") == [package])
    return [
        [Room(f"{package}.{name}") for name in layer.split(" | ")] for layer in contract["layers"]
    ]


def folders(package: str) -> list[list[Room]]:
    """Return the folders of a package without layers, whoever uses others above them.

    Raises:
        ValueError: They use each other.
    """
    waiting = [name for name in sorted(graph().find_children(package)) if Room(name).is_folder]
    floors: list[list[Room]] = []
    while waiting:
        upper = [name for name in waiting if not uses({*waiting} - {name}, [name])]
        if not upper:
            raise ValueError(f"They use each other: {', '.join(waiting)}.")
        floors.append([Room(upper[0])])
        waiting.remove(upper[0])
    return floors


def files(package: str) -> list[str]:
    """Return the names of a package's single files."""
    rooms = map(Room, sorted(graph().find_children(package)))
    return [room.name for room in rooms if not room.is_folder]


def uses(some: Collection[str], others: Collection[str]) -> bool:
    """Say whether anything in some modules imports anything in others."""
    return any(
        graph().direct_import_exists(importer=one, imported=other, as_packages=True)
        for one, other in itertools.product(some, others)
    )


def blocks() -> dict[str, Block]:
    """Return what is drawn."""
    closed: list[str] = contracts()["core"]["protected_modules"]
    enter = [name.split(".")[-1] for name in contracts()["core"]["allowed_importers"]]
    apart = {*WALLED_OFF, *closed}
    core = [[room for room in floor if room.module not in apart] for floor in layers("validator")]
    right = LEFT + AISLE + PAD
    wide = WIDTH - PAD - right
    inner = NARROW + AISLE

    def whole(package: str, x: int, width: int, *, floors: bool = True) -> Block:
        return Block(
            Room(package).name,
            Room(package).sentence,
            layers(package) if floors else folders(package),
            x,
            width,
            () if floors else files(package),
            WALL if "." in package else GROUND,
        )

    return {
        "scanner": whole("scanner", 1, LEFT),
        "device": whole("device", 1, NARROW, floors=False),
        "offline_cache": whole("offline_cache", 1 + inner, LEFT - inner),
        "gateway": whole("validator.gateway", right, wide),
        "upstreams": whole("validator.upstreams", right, NARROW, floors=False),
        "boxoffice": whole("validator.boxoffice", right + inner, wide - inner),
        "core": Block(
            "the core",
            f"{Room('validator').words} No disk, no network, no clock of its own.",
            [floor for floor in core if floor],
            1 + PAD,
            WIDTH - 2 * PAD - inner - 2,
        ),
        "closed": Block(
            "not for the core",
            f"Only {' and '.join(', '.join(enter).rsplit(', ', 1))} enter.",
            [[Room(name)] for name in closed],
            WIDTH - PAD - NARROW,
            NARROW,
        ),
    }


def arrows() -> set[tuple[str, str]]:
    """Return which blocks use which others."""
    drawn = blocks()
    inside = {name: [name] for name in ("scanner", "device", "offline_cache")}
    inside |= {name.split(".")[-1]: [name] for name in WALLED_OFF}
    inside |= {name: drawn[name].modules for name in ("core", "closed")}
    return {
        (one, other)
        for one, other in itertools.permutations(drawn, 2)
        if uses(inside[one], inside[other])
    }


def ways(drawn: dict[str, Block]) -> dict[tuple[str, str], int]:
    """Return where the arrows between blocks run down, in px from the left."""

    def aisle(name: str) -> int:
        return drawn[name].x + drawn[name].width + AISLE // 2

    return {
        ("scanner", "device"): drawn["device"].middle,
        ("scanner", "core"): aisle("device"),
        ("scanner", "offline_cache"): drawn["offline_cache"].middle,
        ("offline_cache", "core"): drawn["offline_cache"].middle,
        ("gateway", "upstreams"): drawn["upstreams"].middle,
        ("gateway", "core"): aisle("upstreams"),
        ("gateway", "boxoffice"): drawn["boxoffice"].x + NARROW // 2,
        ("upstreams", "core"): drawn["upstreams"].middle,
        ("boxoffice", "core"): drawn["boxoffice"].x + NARROW // 2,
    }


def draw() -> str:
    """Return the picture.

    Raises:
        ValueError: There is an arrow that has no way.
    """
    drawn, used = blocks(), arrows()
    # Who enters the rooms that are closed to the core is told in words.
    down = {(one, other) for one, other in used if "closed" not in (one, other)}
    way = ways(drawn)
    if down - way.keys():
        raise ValueError(f"An arrow needs a way in ways(): {sorted(down - way.keys())}.")
    second = 40 + drawn["gateway"].height + AISLE
    ground = second + max(drawn[name].height for name in ("upstreams", "boxoffice")) + AISLE
    places = {"gateway": 40, "upstreams": second, "boxoffice": second}
    places |= {name: ground - AISLE - drawn[name].height for name in ("device", "offline_cache")}
    places["scanner"] = min(places["device"], places["offline_cache"]) - AISLE
    places["scanner"] -= drawn["scanner"].height
    places |= {"core": ground, "closed": ground}
    foot = ground + drawn["core"].height + PAD

    def arrow(one: str, other: str) -> str:
        start = places[one] + drawn[one].height + 1
        return f'<path d="M{way[one, other]} {start} V{places[other] - 3}"/>'

    parts = [
        *_walls(ground - AISLE // 2, foot),
        *(line for name in drawn for line in drawn[name].draw(places[name])),
        *(text(3, 40 + 18 * place, line, NAME) for place, line in enumerate(LEGEND)),
        f'<g stroke="{LINES}" stroke-width="2" fill="none" marker-end="url(#tip)">',
        *(arrow(*pair) for pair in sorted(down)),
        "</g>",
    ]
    return "\n".join([_head(foot + 1), *parts, "</svg>", ""])


def _walls(notch: int, foot: int) -> Iterator[str]:
    """Yield the outline of validator: the venue's side, and what both sides stand on."""
    edge = LEFT + AISLE
    path = f"M{edge} 1 H{WIDTH - 1} V{foot} H1 V{notch} H{edge} Z"
    yield f'<path d="{path}" fill="{GROUND}" stroke="{LINES}" stroke-linejoin="round"/>'
    yield text(edge + PAD, 24, "validator/", 16, 600)


def _head(height: int) -> str:
    tip = f'<path d="M0 0 L8 4 L0 8 Z" fill="{LINES}"/>'
    where = 'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="5" markerHeight="5" orient="auto"'
    size = f'width="{WIDTH}" height="{height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
            ' font-family="sans-serif">',
            "<title>The house: four packages and their rooms, floor upon floor</title>",
            "<desc>Scanner stands on device and offline_cache; the gateway on the clients of"
            " ticketing systems and the box office; all but device on validator's core.</desc>",
            f'<defs><marker id="tip" {where}>{tip}</marker></defs>',
            f'<rect {size} fill="{PAPER}"/>',
        ]
    )


def main() -> None:
    """Draw the picture again."""
    PICTURE.write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
