"""Switches that a computer closes and contacts that it feels, for lamps and turnstiles."""

from __future__ import annotations

from typing import Protocol


class Relays(Protocol):
    """A board of switches, numbered from 1."""

    async def switch(self, on: frozenset[int]) -> None:
        """Close these and open all the others; a board that was lost is looked for again.

        Args:
            on: Numbers of those that are to be closed.

        Raises:
            DeviceError: It can't be reached; some of them may have been switched.
        """
        ...

    def close(self) -> None:
        """Open all and let go of the board; may be called twice."""
        ...


class Contact(Protocol):
    """A contact that closes for a moment when somebody goes through."""

    async def forget(self) -> None:
        """Let whatever was felt until now not count.

        Raises:
            DeviceError: It can't be reached.
        """
        ...

    async def felt(self, within_s: float) -> bool:
        """Tell whether it closes, or has closed since `forget`.

        Args:
            within_s: How long to wait, in seconds.

        Raises:
            DeviceError: It can't be reached.
        """
        ...

    def close(self) -> None:
        """Let go of it; may be called twice."""
        ...


def opening_first(count: int, on: frozenset[int]) -> list[int]:
    """Return the numbers of a board's relays in the order in which they are to be switched.

    Those that open come first: for a moment it is dark, never green beside red.

    Args:
        count: How many relays there are.
        on: Numbers of those that are to be closed.
    """
    return sorted(range(1, count + 1), key=lambda relay: relay in on)
