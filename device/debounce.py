"""Tells a code that is still in view from one that is shown again."""

from __future__ import annotations

from dataclasses import dataclass, field

from device.ports import Symbol

MOST = 64
"""Codes remembered at once; more are never in view."""


@dataclass(slots=True)
class Debounce:
    """Lets a code through once while it stays in view of a camera.

    A code that was out of view for the window is a new scan, and is judged (and shown) again: it
    is never swallowed for longer, since a guest who comes back must get an answer.

    Args:
        window_s: Seconds without the code after which it counts as gone.
    """

    window_s: float
    _seen: dict[tuple[str, bytes], float] = field(default_factory=dict)

    def fresh(self, symbol: Symbol, at_s: float) -> bool:
        """Tell whether a code has just come into view.

        Args:
            symbol: As decoded.
            at_s: Of the frame, in seconds on a clock that never goes back.
        """
        key = (symbol.format, symbol.data)
        last = self._seen.pop(key, None)
        self._seen[key] = at_s
        if len(self._seen) > MOST:
            del self._seen[next(iter(self._seen))]
        return last is None or at_s - last >= self.window_s
