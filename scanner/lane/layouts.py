"""Reads what a keyboard scanner meant, even if it is set to another country's keyboard."""

from __future__ import annotations

from collections.abc import Callable

from device.layouts import LAYOUTS, typed
from device.ports import Sighting
from validator.errors import TokenError
from validator.keys import KeyRing
from validator.model import Token
from validator.token import read

SHIPPED = "us"
COUNTRIES = {
    "uk": "British",
    "fr": "French",
    "de": "German",
    "ch": "Swiss",
    "es": "Spanish",
    "it": "Italian",
}


class Layouts:
    """Finds out which layout each scanner is set to: the one in which a token's signature holds.

    Args:
        ring: Gives the keys that are trusted now.
        advise: Is told, once for each scanner, that it is set to a layout other than US.
    """

    def __init__(self, ring: Callable[[], KeyRing], advise: Callable[[str], None]) -> None:
        self._ring = ring
        self._advise = advise
        self._set_to: dict[str, str] = {}

    def text(self, sighting: Sighting) -> str:
        """Return the text of a code, however it came."""
        if not sighting.keys:
            return sighting.data.decode("latin-1") if sighting.text is None else sighting.text
        held = self._set_to.get(sighting.origin, SHIPPED)
        first = typed(sighting.keys, held)
        for layout in (held, *(name for name in LAYOUTS if name != held)):
            text = typed(sighting.keys, layout)
            if (layout == held or text != first) and self._authentic(text):
                self._learn(sighting, layout)
                return text
        return first

    def _authentic(self, text: str) -> bool:
        try:
            return isinstance(read(text, self._ring()), Token)
        except TokenError:
            return False

    def _learn(self, sighting: Sighting, layout: str) -> None:
        scanner = sighting.origin
        if layout == self._set_to.get(scanner, SHIPPED):
            return
        self._set_to[scanner] = layout
        if layout != SHIPPED:
            text = typed(sighting.keys, layout)
            alike = [name for code, name in COUNTRIES.items() if typed(sighting.keys, code) == text]
            self._advise(
                f"The scanner '{scanner[:60]}' is set to a {' or '.join(alike)} keyboard. "
                "It is read all the same; set it to US, as its manual shows."
            )
