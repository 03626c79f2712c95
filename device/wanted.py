"""What a lane's cameras look for."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from device.ports import Symbol


def _ours(symbol: Symbol) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which codes may be tickets; a camera looks hard for these, and tells others calmly.

    Args:
        formats: Symbologies that tickets have, as in `Symbol.format`; empty = any.
        foreign: Tells a code that can be no ticket by its content, such as an advertisement's.
    """

    formats: Collection[str] = frozenset()
    foreign: Callable[[Symbol], bool] = _ours

    def may_be_ticket(self, symbol: Symbol) -> bool:
        """Tell whether a code is to be judged."""
        return (not self.formats or symbol.format in self.formats) and not self.foreign(symbol)
