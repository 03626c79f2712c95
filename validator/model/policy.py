"""How a gate, or a ticketing system's check-in list, lets in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reentry(StrEnum):
    """May a ticket that is used enter again?"""

    NEVER = "never"
    AFTER_EXIT = "after_exit"
    ALWAYS = "always"


class StalePolicy(StrEnum):
    """What a gate does with a good ticket when its source has not been heard for too long."""

    ALLOW = "allow"
    CHECK = "check"
    REFUSE = "refuse"


class CountMode(StrEnum):
    """When an admitted guest is counted."""

    AT_ONCE = "at_once"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class CheckList:
    """How a ticketing system's check-in list lets in; it stands for the gate's own policy.

    Args:
        tariffs: Tariffs it is for; None = all.
        reentry: Whether a used ticket enters again.
        rule: JSONLogic as JSON text, as in `Tariff`; empty = none.
        pending: An unpaid ticket may enter after a look.
        addons: An add-on that was bought with a ticket may stand for it.
    """

    tariffs: tuple[int, ...] | None = None
    reentry: Reentry = Reentry.NEVER
    rule: str = ""
    pending: bool = False
    addons: bool = False
