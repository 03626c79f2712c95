"""What has to be so before lanes are sent to this gateway: a list of checks, each with a name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from validator.errors import ValidatorError


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that has to be so.

    Args:
        name: For programs, a word.
        lacks: Returns what is lacking, a sentence; empty = nothing. May read the disk, and raise a
            `ValidatorError`, whose text is then what is lacking.
    """

    name: str
    lacks: Callable[[], str]


class Readiness:
    """Every check of a gateway.

    Args:
        checks: In the order in which they are told.
    """

    def __init__(self, checks: Sequence[Check]) -> None:
        self._checks = tuple(checks)

    def waits_for(self) -> dict[str, str]:
        """Return what is lacking, by the check's name; nothing = ready.

        Reads the disk: call it in a thread.
        """
        found: dict[str, str] = {}
        for check in self._checks:
            try:
                lacks = check.lacks()
            except ValidatorError as error:
                lacks = str(error)
            if lacks:
                found[check.name] = lacks
        return found
