"""Which codes must be read twice before they count."""

from __future__ import annotations

from dataclasses import dataclass, field

from device.ports import Symbol

AGREE_S = 1.5
"""Within this time a doubtful code must be read twice alike, in seconds."""

DOUBTFUL = frozenset({"ean13", "itf"})
"""One digit checks these: measured, a damaged one gives a wrong number with a right check digit."""


@dataclass(slots=True)
class DoubleRead:
    """Lets a doubtful code through only when a second frame reads the same."""

    _once: dict[tuple[str, bytes], float] = field(default_factory=dict)

    def certain(self, symbol: Symbol, at_s: float) -> bool:
        """Tell whether a code may be believed.

        Args:
            symbol: As read in one frame.
            at_s: Of the frame, in seconds on a clock that never goes back.
        """
        if symbol.format not in DOUBTFUL:
            return True
        key = (symbol.format, symbol.data)
        self._once = {one: when for one, when in self._once.items() if at_s - when <= AGREE_S}
        known = key in self._once
        self._once[key] = at_s
        return known
