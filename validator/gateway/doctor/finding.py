"""What the doctor found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How grave it is; only `fail` keeps the gateway from its work."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Args:
        check: A word, for programs.
        level: How grave it is.
        text: What was found, and what to do.
    """

    check: str
    level: Level
    text: str


def clock_finding(why: str) -> Finding:
    """Return what is to be said of the clock.

    Args:
        why: What speaks against it; empty = nothing.
    """
    if why:
        return Finding("clock", Level.FAIL, why)
    return Finding("clock", Level.OK, "Nothing speaks against this machine's clock.")
