"""What the doctor finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Args:
        good: Nothing to do.
        text: What was found, and what to do.
        grave: The lane can't work like this.
    """

    good: bool
    text: str
    grave: bool = True


def note(text: str) -> Finding:
    """Return something that is missing and that a lane can do without."""
    return Finding(False, text, grave=False)


def fine(text: str) -> Finding:
    """Return something that is as it should be."""
    return Finding(True, text)
