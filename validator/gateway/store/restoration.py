"""Port of the store: what a restored gateway lacks, and who still has to give it back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from validator.clock import Instant
from validator.feed import Epoch, StreamHead
from validator.model import DeviceId, Ref


class Restoration(Protocol):
    """Epochs of the store that have ended, and the devices that remember them.

    A device is *awaited* until it has given back; a supervisor may write it off meanwhile. It is
    taken back all the same when it comes.
    """

    def ended_head(self, stream: str, epoch: Epoch) -> StreamHead:
        """Return up to where an ended epoch of a stream is known (empty: not at all)."""
        ...

    def ended_heads(self) -> tuple[StreamHead, ...]:
        """Return that of every stream and every ended epoch."""
        ...

    def put_ended_head(self, head: StreamHead) -> None:
        """Note up to where an ended epoch of a stream is known now."""
        ...

    def expect(self, devices: Iterable[DeviceId], at: Instant) -> None:
        """Await devices; one that has given back, or was written off, stays so."""
        ...

    def came(self, device: DeviceId, at: Instant) -> None:
        """Note that a device has given back all that it has."""
        ...

    def write_off(self, device: DeviceId, at: Instant, who: str) -> bool:
        """Give an awaited device up; return False if it was not awaited."""
        ...

    def has_come(self, device: DeviceId) -> bool:
        """Tell whether nothing is missing of a device; so it is of one that was never awaited."""
        ...

    def awaited(self) -> tuple[DeviceId, ...]:
        """Return the devices that have yet to come and were not written off, by id."""
        ...

    def mark_unconfirmed(self, target: Ref) -> None:
        """Note that a target is refused on the word of devices alone."""
        ...

    def is_unconfirmed(self, target: Ref) -> bool:
        """Tell whether a target is refused on the word of devices alone."""
        ...

    def confirm(self, target: Ref) -> None:
        """Note that its ticketing system refuses the target, too."""
        ...
