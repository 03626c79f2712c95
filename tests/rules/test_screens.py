"""Every screen: nothing overlaps, leaves the window, is too small to touch or too pale to read."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image

from doubles.screen.stage import SCENES, VERDICTS
from generators.screens import FURTHER, LANGUAGES, LETTERS, SIZES, paint, pictures
from scanner.screens.measures import PHONE_HEIGHT, STRIPE, TARGET
from scanner.texts import LANGUAGES as ALL

TEXT, LARGE = 4.5, 3.0
"""Least contrast. Source: WCAG 2.2, 1.4.3."""

LARGE_PX = 24
SHARE_OF_WORD, PART_OF_WORD = 1 / 8, 0.5
SMALLEST_WORD = 56
"""Of the word itself; with what stands smaller below it, it takes its share."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("Xvfb"), reason="not installed: Xvfb"),
]

TRIED = [("portrait", "de")]
REST = [(size, language) for size in SIZES for language in ALL if (size, language) not in TRIED]
REST += [(size, language) for size in FURTHER for language in ("de", "fr")]

Screen = dict[str, Any]


@pytest.fixture(
    scope="module",
    params=[*TRIED, *(pytest.param(pair, marks=pytest.mark.full) for pair in REST)],
    ids="-".join,
)
def painted(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[Screen], Path]:
    size, language = request.param
    folder = tmp_path_factory.mktemp("screens")
    screens = paint(size, (language,), folder)
    for screen in screens:
        screen["picture"] = folder / f"{size}-{language}-{screen['screen']}.png"
    assert [screen["screen"] for screen in screens] == names(size)
    return screens, folder


Painted = tuple[list[Screen], Path]


def test_whatever_is_touched_is_12_mm_each_way(painted: Painted) -> None:
    small = [
        (screen["screen"], key["text"])
        for screen in painted[0]
        for key in screen["keys"]
        if min(sides(key["box"])) < TARGET * screen["unit"] - 0.5
    ]
    assert not small


def test_no_text_leaves_the_window_or_lies_upon_another(painted: Painted) -> None:
    wrong = []
    for screen in painted[0]:
        width, height = screen["size"]
        for number, text in enumerate(screen["texts"]):
            left, foot, right, top = text["box"]
            if left < -1 or foot < -1 or right > width + 1 or top > height + 1:
                wrong.append((screen["screen"], text["text"], "leaves the window"))
            others = screen["texts"][number + 1 :]
            if not text.get("key"):
                others = [*others, *(key for key in screen["keys"] if key["text"])]
            wrong += [
                (screen["screen"], text["text"], other["text"])
                for other in others
                if overlap(text["box"], other["box"])
            ]
    assert not wrong


def test_the_word_of_a_verdict_is_an_eighth_of_the_height(painted: Painted) -> None:
    for screen in painted[0]:
        if screen["screen"] in VERDICTS:
            largest = max(font(text) for text in screen["texts"])
            word = [text["box"] for text in screen["texts"] if font(text) >= largest * PART_OF_WORD]
            block = max(box[3] for box in word) - min(box[1] for box in word)
            assert block >= screen["size"][1] * SHARE_OF_WORD, screen["screen"]
            assert largest >= SMALLEST_WORD * screen["unit"], screen["screen"]


def test_the_stripe_takes_4_percent_of_the_height_at_most(painted: Painted) -> None:
    for screen in painted[0]:
        assert STRIPE * screen["unit"] <= 0.0401 * screen["size"][1]
    assert STRIPE <= 0.04 * PHONE_HEIGHT


def test_every_text_can_be_read(painted: Painted) -> None:
    pale = []
    for screen in painted[0]:
        picture = Image.open(screen["picture"]).convert("RGB")
        for text in screen["texts"]:
            wanted = LARGE if font(text) >= LARGE_PX * screen["unit"] else TEXT
            if (found := contrast(picture, text["box"])) < wanted:
                pale.append((screen["screen"], text["text"], round(found, 2)))
    assert not pale


def test_the_pictures_in_the_documentation_are_those_of_all_screens() -> None:
    wanted = {
        f"{size}-{language}-{name}.png"
        for size in SIZES
        for language in LANGUAGES
        for name in names(size)
    }
    assert {path.name for path in pictures()} == wanted
    assert all(path.stat().st_size < 40_000 for path in pictures())


def names(size: str) -> list[str]:
    """Return the screens that a size has."""
    every = [*VERDICTS, *SCENES]
    wide, high = (SIZES | FURTHER)[size]
    return [name for name in every if wide < high or not name.endswith(LETTERS)]


def font(text: dict[str, Any]) -> float:
    return float(text.get("font", 0))


def sides(box: list[float]) -> tuple[float, float]:
    return box[2] - box[0], box[3] - box[1]


def overlap(one: list[float], other: list[float]) -> bool:
    """Whether letters may meet: a third of a line is the typeface's own room."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return across > 2 and down > 0.4 * min(sides(one)[1], sides(other)[1])


def contrast(picture: Image.Image, box: list[float]) -> float:
    """Return the contrast between the ground of a text and its letters, as painted."""
    height = picture.height
    left, foot, right, top = box
    crop = picture.crop((int(left), int(height - top), int(right) + 1, int(height - foot) + 1))
    counted = cast(list[tuple[int, tuple[int, ...]]], crop.getcolors(crop.width * crop.height))
    _, ground = max(counted)
    return max(ratio(ground, colour) for _, colour in counted)


def ratio(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """Source: WCAG 2.2, contrast ratio."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: tuple[int, ...]) -> float:
    """Source: WCAG 2.2, relative luminance."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
