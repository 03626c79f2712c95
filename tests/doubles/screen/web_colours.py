"""The colours of a page's style sheet, and whether they can be told apart."""

from __future__ import annotations

import re


def colours(css: str, dark: bool) -> dict[str, str]:
    """Return a style sheet's colours by name.

    Args:
        css: Which sets them at the top, and others where somebody prefers it dark.
        dark: Somebody does.
    """
    light, _, night = css.partition("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", light))
    return found | dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", night)) if dark else found


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, such as `#fff` or `#1a2b3c`.

    Source: WCAG 2.2, 1.4.3.
    """
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    full = colour[1:] if len(colour) == 7 else "".join(char * 2 for char in colour[1:])
    parts = [int(full[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
