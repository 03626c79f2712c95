"""Relays and contacts on the pins of a small computer, through the GPIO character device.

Source: Linux kernel documentation, "GPIO Character Device Userspace API"; libgpiod 2.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from device.errors import DeviceError, PartMissing

if TYPE_CHECKING:
    import gpiod

Line = int | str
"""A pin: its number on the chip, or its name as the system tree gives it (`GPIO17`)."""

CONSUMER = "entrance-scanner"

SETTLED = timedelta(milliseconds=10)
"""A contact bounces for a few milliseconds; what is shorter than this is no passage."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A GPIO chip.

    Args:
        path: `/dev/gpiochip0`.
        request: Asks it for lines, as `gpiod.request_lines` does.
    """

    path: str
    request: Callable[..., gpiod.LineRequest]

    @classmethod
    def at(cls, path: str) -> Chip:
        """Return the chip at a path; it is opened when it is used.

        Raises:
            PartMissing: The library is not installed.
        """
        try:
            import gpiod
        except ImportError as error:
            raise PartMissing("GPIO needs gpiod 2. Install entrance-control[station].") from error
        return cls(path, gpiod.request_lines)

    def lines(self, config: dict[Any, Any]) -> gpiod.LineRequest:
        """Take lines for this program alone.

        Raises:
            DeviceError: The chip or a line is not there, is used already, or not ours to use.
        """
        try:
            return self.request(self.path, config, consumer=CONSUMER)
        except (OSError, ValueError) as error:
            raise self.lost(error) from error

    def lost(self, error: Exception) -> DeviceError:
        """Return in words why the chip can't be used."""
        number = error.errno if isinstance(error, OSError) else None
        what = {
            errno.EACCES: "this user may not use it. Add the user to the group gpio.",
            errno.EBUSY: "another program holds the line. Close that program.",
            errno.ENOENT: "it is not there. gpiodetect lists those that are.",
        }.get(number or 0, "it has no such line. gpioinfo lists those that it has.")
        return DeviceError(f"The GPIO chip {self.path[:80]} can't be used: {what}")


class GpioRelays:
    """Relays on output lines, high = closed.

    Args:
        chip: Where they are.
        lines: One for each relay, from relay 1.
    """

    def __init__(self, chip: Chip, lines: tuple[Line, ...]) -> None:
        self._chip = chip
        self._lines = lines
        self._held: gpiod.LineRequest | None = None

    async def switch(self, on: frozenset[int]) -> None:
        """Close these and open the others, in one step."""
        from gpiod.line import Value

        if self._held is None:
            self._held = self._chip.lines({self._lines: _output()})
        try:
            self._held.set_values(
                {
                    line: Value.ACTIVE if relay in on else Value.INACTIVE
                    for relay, line in enumerate(self._lines, 1)
                }
            )
        except OSError as error:
            self._release()
            raise self._chip.lost(error) from error

    def close(self) -> None:
        """Open all and let go of the lines."""
        if self._held is not None:
            from gpiod.line import Value

            with contextlib.suppress(OSError):
                self._held.set_values(dict.fromkeys(self._lines, Value.INACTIVE))
            self._release()

    def _release(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.release()


class GpioContact:
    """A contact between an input line and ground; the kernel notes when it closes.

    Args:
        chip: Where it is.
        line: Its line, pulled up by the chip if it can.
    """

    def __init__(self, chip: Chip, line: Line) -> None:
        self._chip = chip
        self._line = line
        self._held: gpiod.LineRequest | None = None

    async def forget(self) -> None:
        """Empty the kernel's notes."""
        if self._held is None:
            self._held = self._chip.lines({self._line: _input()})
        while self._held.wait_edge_events(timedelta()):
            self._held.read_edge_events()

    async def felt(self, within_s: float) -> bool:
        """Wait for the kernel's next note."""
        if self._held is None:
            self._held = self._chip.lines({self._line: _input()})
        held, noted, loop = self._held, asyncio.Event(), asyncio.get_running_loop()
        loop.add_reader(held.fd, noted.set)
        try:
            await asyncio.wait_for(noted.wait(), within_s)
        except TimeoutError:
            return False
        finally:
            loop.remove_reader(held.fd)
        held.read_edge_events()
        return True

    def close(self) -> None:
        """Let go of the line."""
        held, self._held = self._held, None
        if held is not None:
            held.release()


def _output() -> gpiod.LineSettings:
    import gpiod
    from gpiod.line import Direction, Value

    return gpiod.LineSettings(direction=Direction.OUTPUT, output_value=Value.INACTIVE)


def _input() -> gpiod.LineSettings:
    import gpiod
    from gpiod.line import Bias, Direction, Edge

    return gpiod.LineSettings(
        direction=Direction.INPUT,
        edge_detection=Edge.FALLING,
        bias=Bias.PULL_UP,
        debounce_period=SETTLED,
    )
