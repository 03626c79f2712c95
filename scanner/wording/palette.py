"""How each verdict looks, sounds and feels; never by colour alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from validator.model import Decision, Fault, Reason, Verdict


class Look(StrEnum):
    """The six things that a guest or a guard tells apart."""

    ADMIT = "admit"
    CHECK = "check"
    USED = "used"
    REFUSE = "refuse"
    REPEAT = "repeat"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Style:
    """One look.

    Args:
        colour: Of the ground, `#RRGGBB`.
        text_colour: On it, `#RRGGBB`.
        shape: `tick`, `eye`, `tickets`, `cross`, `equals` or `spanner`.
        sound: `rising`, `three_short`, `two_low`, `long_low`, `click` or `falling`.
        vibration_ms: On, off, on … in milliseconds.
        lamp: `green`, `green_blinking`, `yellow`, `red`, `none` or `red_yellow`.
    """

    colour: str
    text_colour: str
    shape: str
    sound: str
    vibration_ms: tuple[int, ...]
    lamp: str


WHITE, BLACK = "#FFFFFF", "#000000"

STYLES = {
    Look.ADMIT: Style("#0B7A3B", WHITE, "tick", "rising", (60,), "green"),
    Look.CHECK: Style("#0B5CAD", WHITE, "eye", "three_short", (60, 60, 60), "green_blinking"),
    Look.USED: Style("#F2A900", BLACK, "tickets", "two_low", (120, 80, 120), "yellow"),
    Look.REFUSE: Style("#B3261E", WHITE, "cross", "long_low", (500,), "red"),
    Look.REPEAT: Style("#5B6570", WHITE, "equals", "click", (20,), "none"),
    Look.FAULT: Style("#38006B", WHITE, "spanner", "falling", (250, 100, 250), "red_yellow"),
}

USED_REASONS = frozenset({Reason.ALREADY_USED, Reason.PASSBACK, Reason.LIMIT_REACHED})
"""Refusals of a genuine ticket that somebody has gone in with."""


def look_of(shown: Verdict | Fault) -> Look:
    """Return how a verdict or fault looks."""
    if isinstance(shown, Fault):
        return Look.FAULT
    if shown.decision is Decision.REFUSE and shown.reason in USED_REASONS:
        return Look.USED
    return Look(shown.decision.value)
