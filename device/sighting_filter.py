"""What of a camera's frame is worth telling."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from device.debounce import Debounce
from device.errors import DeviceError, ForeignCode
from device.ports import Sighting, Symbol
from device.wanted import Wanted

GONE_S = 1.0
"""A code out of view for so long was taken away; if it comes again, somebody shows it again."""

FOREIGN = "This is not one of our codes. Look for the ticket's own."


@dataclass(slots=True)
class SightingFilter:
    """Lets a ticket's code through once while it stays in view, and tells others calmly.

    Args:
        wanted: Gives what may be a ticket now; asked for every frame.
    """

    wanted: Callable[[], Wanted] = Wanted
    _debounce: Debounce = field(default_factory=lambda: Debounce(GONE_S))

    def new(
        self, found: Sequence[Symbol], origin: str, at_s: float
    ) -> Iterator[Sighting | DeviceError]:
        """Yield what is new in a frame.

        Args:
            found: Codes that are in it.
            origin: Of the frame, for people.
            at_s: When it was taken, in seconds on a clock that never goes back.
        """
        wanted = self.wanted()
        fresh = [symbol for symbol in found if self._debounce.fresh(symbol, at_s)]
        tickets = [symbol for symbol in found if wanted.may_be_ticket(symbol)]
        for symbol in fresh:
            if symbol in tickets:
                yield Sighting(symbol.text, symbol.data, symbol.format, origin)
        # Beside a ticket another code is a part of it, or of the wall.
        if fresh and not tickets:
            yield ForeignCode(FOREIGN)
