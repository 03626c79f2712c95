"""Those who look at a page: what letters their machine has, and how large they want them.

Chromium finds a machine's typefaces by way of fontconfig, and reads how by FONTCONFIG_FILE.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

DEJAVU = Path("/usr/share/fonts/truetype/dejavu")
"""Source: Debian, fonts-dejavu-core."""

_EM = 1000


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who looks at a page.

    Args:
        name: Says what is particular.
        flags: Of Chromium.
        typefaces: Folder with the machine's only typefaces; None = it has none at all.
    """

    name: str
    flags: tuple[str, ...] = ()
    typefaces: Path | None = None

    def environment(self, folder: Path) -> dict[str, str]:
        """Return the variable that Chromium finds its typefaces by.

        Args:
            folder: Empty; gets what the variable names.
        """
        typefaces = self.typefaces
        if typefaces is None:
            typefaces = folder / "typefaces"
            typefaces.mkdir()
            _save_letterless(typefaces / "letterless.ttf")
        settings = folder / "fonts.conf"
        settings.write_text(
            '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
            f"<fontconfig><dir>{typefaces}</dir><cachedir>{folder / 'cache'}</cachedir>"
            '<match><edit name="family" mode="append"><string>DejaVu Sans</string></edit></match>'
            "</fontconfig>"
        )
        return {"FONTCONFIG_FILE": str(settings)}


LETTERLESS = "no-typeface"

READERS = (
    Reader(LETTERLESS),
    Reader("only-DejaVu-and-ours-never-comes", ("--disable-remote-fonts",), DEJAVU),
    # What a browser calls large: 20 pixels for the usual 16.
    Reader("letters-125-percent", ("--blink-settings=defaultFontSize=20",)),
)


def _save_letterless(path: Path) -> None:
    """Write a typeface that has no letters: without any, Chromium itself ends.

    A letter that is looked for there becomes a box, three ems wide, which no page has room for.
    """
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, _EM), (3 * _EM, _EM), (3 * _EM, 0)):
        pen.lineTo(corner)
    pen.closePath()
    made = FontBuilder(_EM, isTTF=True)
    made.setupGlyphOrder([".notdef"])
    made.setupCharacterMap({})
    made.setupGlyf({".notdef": pen.glyph()})
    made.setupHorizontalMetrics({".notdef": (3 * _EM, 0)})
    made.setupHorizontalHeader(ascent=_EM, descent=0)
    made.setupNameTable({"familyName": "Letterless", "styleName": "Regular"})
    made.setupOS2()
    made.setupPost()
    made.save(path)
