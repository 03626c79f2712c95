"""Tickets typed through a wrong keyboard layout, told by how their fixed prefix comes out."""

from __future__ import annotations

_LONG_ENOUGH = 64
"""Characters; a typed token has 115 to 154, less what dead keys swallow."""

_LAYOUTS = {
    "E&M": "a French or Belgian (AZERTY)",
    "E1Ö": "a German, Austrian, Swedish or Finnish",
    "E1é": "a Swiss German",
    "E1ö": "a Swiss French",
    "E1ç": "an Italian",
    "E1Ñ": "a Spanish",
    "E1Ç": "a Portuguese",
    "E1Æ": "a Danish",
    "E1Ø": "a Norwegian",
    'E+"': "a Czech or Slovak",
}


def wrong_layout(text: str) -> str | None:
    """Name the layout of the host that a scanner set to US typed a token into.

    US and UK hosts get the prefix right. The text must also be about as long as a token, so that
    a short plain code which happens to begin this way is still looked up. With Caps Lock on the
    letters come in the other case.

    Args:
        text: Cleaned.

    Returns:
        The layout's name with its article, such as `a Swiss German`; None = not recognised.

    Source: xkeyboard-config, first variant of each layout: the keys of US `E`, `1` and `:`.
    """
    if len(text) < _LONG_ENOUGH:
        return None
    prefix = text[:3]
    return _LAYOUTS.get(prefix) or _LAYOUTS.get(prefix.swapcase())
