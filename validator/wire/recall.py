"""Messages by which a restored gateway is given what it lost.

After `Welcome` a gateway that has begun a new epoch since the device was last heard sends
`Recall` before any frame. The device answers with `Offer`s, each after the `Taken` of the one
before, and enters the new epoch only after the last one was taken. Its journal goes up meanwhile,
as always.
"""

from __future__ import annotations

from dataclasses import dataclass

from validator.bounds import Natural
from validator.wire.position import Position


@dataclass(frozen=True, slots=True)
class Recall:
    """Gateway: I was restored; give me what you hold past here.

    Args:
        positions: Per stream and ended epoch, up to where it is known. A device that holds a
            stream in an epoch that is not named offers all of it.
    """

    positions: tuple[Position, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """Device: sealed frames, in the order of each stream.

    Args:
        frames: As they came from the gateway at the time.
        last: There are no more.
    """

    frames: tuple[bytes, ...]
    last: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """Gateway: an offer is on disk.

    Args:
        refused: Frames of it that were not genuine, or that nothing could be made of.
    """

    refused: Natural
