"""Verdicts can be told apart by every eye, and read."""

from __future__ import annotations

from itertools import combinations

import pytest

from scanner.wording.palette import STYLES, Look

LEAST_APART = 15.0
"""CIE 1976 distance of two grounds; a just noticeable one is 2.3."""

LEAST_CONTRAST = 4.5
"""Source: WCAG 2.2, 1.4.3."""

Triple = tuple[float, float, float]

EYES: dict[str, tuple[Triple, Triple, Triple]] = {
    "all": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
"""On linear RGB. Source: Machado, Oliveira, Fernandes 2009, table 1, severity 1.0."""


@pytest.mark.parametrize("eyes", EYES)
def test_no_two_verdicts_look_alike(eyes: str) -> None:
    seen = {look: lab(through(EYES[eyes], linear(STYLES[look].colour))) for look in Look}
    close = {
        (one.value, other.value): round(apart(seen[one], seen[other]), 1)
        for one, other in combinations(Look, 2)
        if apart(seen[one], seen[other]) < LEAST_APART
    }
    assert not close


@pytest.mark.parametrize("look", Look)
def test_the_text_of_a_verdict_stands_out(look: Look) -> None:
    style = STYLES[look]
    grounds = sorted(luminance(linear(text)) for text in (style.colour, style.text_colour))
    assert (grounds[1] + 0.05) / (grounds[0] + 0.05) >= LEAST_CONTRAST


def test_no_two_verdicts_share_a_shape_a_sound_or_a_vibration() -> None:
    for mark in ("shape", "sound", "vibration_ms", "lamp"):
        assert len({getattr(style, mark) for style in STYLES.values()}) == len(STYLES), mark


def linear(colour: str) -> Triple:
    """Source: IEC 61966-2-1."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return red, green, blue


def through(matrix: tuple[Triple, Triple, Triple], colour: Triple) -> Triple:
    red, green, blue = (
        min(max(sum(share * part for share, part in zip(row, colour, strict=True)), 0.0), 1.0)
        for row in matrix
    )
    return red, green, blue


def luminance(colour: Triple) -> float:
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]


def lab(colour: Triple) -> Triple:
    """Source: CIE 15:2004, white point D65."""
    red, green, blue = colour
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    fx, fy, fz = (
        value ** (1 / 3) if value > 216 / 24389 else (24389 / 27 * value + 16) / 116
        for value in (x, luminance(colour), z)
    )
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def apart(one: Triple, other: Triple) -> float:
    return float(sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5)
