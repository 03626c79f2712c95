"""How sure a lane's verdicts are now: what its stripe and its figures say."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from scanner.texts import texts
from scanner.wording.presenter import span
from validator.model import Gate

SAID_S = 60.0
"""Alone for so long, in seconds, the stripe says since when."""


class Level(StrEnum):
    """What a lane's verdicts rest on."""

    GATEWAY = "gateway"
    ALONE = "alone"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh what a lane knows is.

    Args:
        level: What its verdicts rest on.
        age_s: Age of what is known of the source that was heard longest ago, in seconds; None =
            one of them was never heard.
        alone_s: Seconds without the gateway.
        inside: People inside, as far as the lane has heard; None = not counted yet.
    """

    level: Level = Level.ALONE
    age_s: float | None = None
    alone_s: float = 0.0
    inside: int | None = None

    def text(self, language: str) -> str:
        """Return the level in words."""
        said = texts(language)
        if self.level is Level.STALE:
            parts = said.parts
            if self.age_s is None:
                return _capital(parts["stale_unknown"])
            return _capital(parts["stale"].format(age=span(said, self.age_s)))
        if self.level is Level.ALONE and self.alone_s >= SAID_S:
            return said.face["since"].format(age=span(said, self.alone_s))
        return said.face[self.level.value]

    def people(self, language: str) -> str:
        """Return how many are inside; `~` while other lanes may not have been heard."""
        if self.inside is None:
            return "–"
        about = "" if self.level is Level.GATEWAY else "~\N{NO-BREAK SPACE}"
        comma = "," if language == "en" else "\N{NO-BREAK SPACE}"
        return about + f"{self.inside:,}".replace(",", comma)


def oldest(ages_s: Mapping[str, float], sources: Collection[str]) -> float | None:
    """Return the age of the source that was heard longest ago, in seconds; None = never.

    Args:
        ages_s: Of each source that was heard.
        sources: Those that tickets can come from.
    """
    if any(source not in ages_s for source in sources):
        return None
    return max(ages_s.values(), default=None)


def level_of(connected: bool, gate: Gate | None, age_s: float | None) -> Level:
    """Return what the verdicts of a lane rest on.

    Args:
        connected: To its gateway.
        gate: Where it stands; its bound counts. None = it has no gate.
        age_s: As `oldest` gives it.
    """
    if connected:
        return Level.GATEWAY
    if gate is not None and (age_s is None or age_s > gate.stale_after_s):
        return Level.STALE
    return Level.ALONE


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
