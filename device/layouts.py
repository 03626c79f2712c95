"""What keys mean on the keyboards of seven countries, so that any scanner's typing can be read.

Source: xkeyboard-config 2.35, layouts us, gb, fr(azerty), de, ch, es, it; ASCII only, since no
ticket's code needs more. tests/device/test_layouts.py compares them with libxkbcommon.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

from device.keyboard import KEYPAD
from device.ports import COMPOSED, Key

CODES = (*range(2, 14), *range(16, 28), *range(30, 42), 43, 86, *range(44, 54))
"""Linux key codes of the columns below: digits, three rows of letters, the key left of Z."""

SPACE = 57
_ON_KEYPAD = {code: str(digit) for code, digit in KEYPAD.items()} | {
    55: "*",
    74: "-",
    78: "+",
    83: ".",
    98: "/",
}

_ROWS = {
    "us": (
        "1234567890-=qwertyuiop[]asdfghjkl;'`\\<zxcvbnm,./",
        '!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:"~|>ZXCVBNM<>?',
        "                                     |          ",
    ),
    "uk": (
        "1234567890-=qwertyuiop[]asdfghjkl;'`#\\zxcvbnm,./",
        '!" $%^&*()_+QWERTYUIOP{}ASDFGHJKL:@ ~|ZXCVBNM<>?',
        "      {[]}\\ @ e                    | |          ",
    ),
    "fr": (
        "& \"'(- _  )=azertyuiop $qsdfghjklm  *<wxcvbn,;:!",
        "1234567890 +AZERTYUIOP  QSDFGHJKLM%  >WXCVBN?./ ",
        " ~#{[|`\\^@]}                         |          ",
    ),
    "de": (
        "1234567890  qwertzuiop +asdfghjkl   #<yxcvbnm,.-",
        "!\" $%&/()=? QWERTZUIOP *ASDFGHJKL   '>YXCVBNM;:_",
        "      {[]}\\ @          ~             |          ",
    ),
    "ch": (
        "1234567890' qwertzuiop  asdfghjkl   $<yxcvbnm,.-",
        '+"* %&/()=? QWERTZUIOP !ASDFGHJKL    >YXCVBNM;:_',
        "|@#   | ]}  @         []          { }\\          ",
    ),
    "es": (
        "1234567890' qwertyuiop +asdfghjkl    <zxcvbnm,.-",
        '!" $%&/()=? QWERTYUIOP *ASDFGHJKL    >ZXCVBNM;:_',
        "|@#~  {[]}\\ @         []          {\\}|          ",
    ),
    "it": (
        "1234567890' qwertyuiop +asdfghjkl  \\ <zxcvbnm,.-",
        '!" $%&/()=?^QWERTYUIOP *ASDFGHJKL  | >ZXCVBNM;:_',
        "      {[]}`~@         []         @#             ",
    ),
}
"""Each layout plain, with Shift, with AltGr; a blank is no ASCII character."""

LAYOUTS = tuple(_ROWS)
"""`us`, as scanners are shipped, first."""

_MEANS = MappingProxyType(
    {
        (name, level, code): letter
        for name, rows in _ROWS.items()
        for level, row in enumerate(rows)
        for code, letter in zip(CODES, row, strict=True)
        if letter != " "
    }
)


def typed(keys: Sequence[Key], layout: str = "us") -> str:
    """Return the text that a scanner meant.

    Args:
        keys: As pressed.
        layout: One of `LAYOUTS`: what the scanner is set to, not what the computer is.

    Returns:
        The text; a key that is no ASCII character there, such as an accent, is U+FFFD, so that
        it can't be mistaken for a shorter code.
    """
    return "".join(_letter(key, layout) for key in keys)


def _letter(key: Key, layout: str) -> str:
    if key.code > COMPOSED:
        return chr(key.code - COMPOSED)
    if key.code == SPACE:
        return " "
    level = 2 if key.altgr else int(key.shift)
    found = _MEANS.get((layout, level, key.code)) or _ON_KEYPAD.get(key.code)
    return found or "\N{REPLACEMENT CHARACTER}"
