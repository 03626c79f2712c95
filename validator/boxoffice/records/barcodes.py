"""Linear symbols drawn as bars: EAN-13 and Code 128."""

from __future__ import annotations

from itertools import chain

_START_B, _STOP = 104, 106
_CODE128 = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212"
    " 112232 122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 312131"
    " 311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 131123 131321"
    " 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121"
    " 313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111"
    " 314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114"
    " 122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212"
    " 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113"
    " 114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112"
).split()
"""Widths of bars and spaces by symbol value. Source: ISO/IEC 15417, table 1."""

_EAN_DIGITS = "3211 2221 2122 1411 1132 1231 1114 1312 1213 3112".split()
"""Widths of a digit in set A, space first; set B is the same backwards. Source: ISO/IEC 15420."""

_EAN_SETS = "AAAAAA AABABB AABBAB AABBBA ABAABB ABBAAB ABBBAA ABABAB ABABBA ABBABA".split()
"""Sets of the left half, which tell the first digit. Source: ISO/IEC 15420."""

_EAN_SIDE, _EAN_MIDDLE = "111", "11111"


def is_ean13(text: str) -> bool:
    """Tell whether the text is 13 digits with the right check digit."""
    return (
        len(text) == 13
        and text.isascii()
        and text.isdigit()
        and ean13_check_digit(text[:12]) == text[12]
    )


def ean13_check_digit(digits: str) -> str:
    """Return the thirteenth digit.

    Args:
        digits: The first twelve.

    Source: ISO/IEC 15420, GS1 General Specifications, section 7.9.
    """
    weighted = (int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return str(-sum(weighted) % 10)


def is_code128(text: str) -> bool:
    """Tell whether the text is 1 to 48 printable ASCII characters, without a blank at its ends."""
    return 1 <= len(text) <= 48 and text.isascii() and text.isprintable() and text == text.strip()


def ean13_bars(text: str) -> tuple[int, ...]:
    """Return widths in modules, bar first, bar and space in turn; 95 modules together.

    Args:
        text: 13 digits for which `is_ean13` holds.
    """
    left = (
        _EAN_DIGITS[int(digit)][:: 1 if side == "A" else -1]
        for digit, side in zip(text[1:7], _EAN_SETS[int(text[0])], strict=True)
    )
    right = (_EAN_DIGITS[int(digit)] for digit in text[7:])
    widths = chain([_EAN_SIDE], left, [_EAN_MIDDLE], right, [_EAN_SIDE])
    return tuple(int(width) for width in "".join(widths))


def code128_bars(text: str) -> tuple[int, ...]:
    """Return widths in modules, bar first, bar and space in turn, in code set B.

    Args:
        text: Printable ASCII for which `is_code128` holds.
    """
    values = [_START_B, *(ord(sign) - 32 for sign in text)]
    check = sum(value * max(place, 1) for place, value in enumerate(values)) % 103
    widths = "".join(_CODE128[value] for value in [*values, check, _STOP])
    return tuple(int(width) for width in widths)
