"""The letters that pages and paper bring along.

`PYTHONPATH=tests python -m generators.fonts` cuts them.

They are cut out of the typeface of the screens, so that all of them look the same everywhere.
"""

from __future__ import annotations

from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from rules.sources import ROOT

TYPEFACE = ROOT / "scanner" / "fonts"
WEB = ROOT / "validator" / "gateway" / "web" / "fonts"
PAPER = ROOT / "validator" / "boxoffice" / "fonts"
WEIGHTS = ("Regular", "Bold")

LETTERS = frozenset(
    {
        *range(0x20, 0x7F),
        *range(0xA0, 0x180),  # Latin-1 and Latin Extended-A: Europe's names
        *range(0x218, 0x21C),  # Romanian
        0x1E9E,  # Capital sharp s
        *range(0x2010, 0x2028),  # Dashes, quotation marks, dots
        *range(0x202F, 0x203B),  # Narrow blank of French figures, per mille, primes, guillemets
        *range(0x20A0, 0x20C0),  # Currencies
        0x2116,  # Numero
        0x2122,  # Trade mark
    }
)
"""Code points. Guests have names of more languages than the pages speak."""

FEATURES = ["ccmp", "kern", "liga", "locl", "mark", "mkmk", "tnum"]


def cut(weight: str) -> TTFont:
    """Return a weight of the typeface with `LETTERS` alone; pixels are not hinted for."""
    font = TTFont(TYPEFACE / f"NotoSans-{weight}.ttf", recalcTimestamp=False)
    options = Options(hinting=False, layout_features=FEATURES, notdef_outline=True)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=LETTERS)
    subsetter.subset(font)
    return font


def letters(path: Path) -> set[int]:
    """Return the code points that a font file has letters for."""
    with TTFont(path) as font:
        return set(font.getBestCmap())


def main() -> None:
    """Write the files that are shipped."""
    for folder in (WEB, PAPER):
        folder.mkdir(exist_ok=True)
        (folder / "OFL.txt").write_bytes((TYPEFACE / "OFL.txt").read_bytes())
    for weight in WEIGHTS:
        font = cut(weight)
        font.save(PAPER / f"NotoSans-{weight}.ttf")
        font.flavor = "woff2"
        font.save(WEB / f"NotoSans-{weight}.woff2")


if __name__ == "__main__":
    main()
