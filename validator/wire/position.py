"""Where a follower stands in a stream, as it travels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from validator.bounds import Between, Natural, UpTo

LONGEST_STREAM = 64
"""Characters of a stream's name."""


@dataclass(frozen=True, slots=True)
class Position:
    """A cursor of one stream.

    Args:
        stream: `catalogue`, `tickets.5`, `cancellations.5`, `uses.5` …
        counter: Epoch's counter; 0 with random 0 = nothing held.
        random: Epoch's 64 random bits.
        sequence: Last sequence that was applied.
    """

    stream: Annotated[str, UpTo(LONGEST_STREAM)]
    counter: Natural
    random: Annotated[int, Between(0, (1 << 64) - 1)]
    sequence: Natural
