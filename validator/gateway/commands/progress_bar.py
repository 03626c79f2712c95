"""How far long work is, on a terminal or in a log."""

from __future__ import annotations

from typing import TextIO

_WIDTH = 40


class Gauge:
    """A bar that is drawn over itself on a terminal; elsewhere one line a phase.

    Args:
        out: Gets it.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._phase = ""

    def at(self, phase: str, share: float) -> None:
        """Show how far it is.

        Args:
            phase: What is being done.
            share: Of that, 0 to 1.
        """
        if self._out.isatty():
            full = round(share * _WIDTH)
            bar = "#" * full + "." * (_WIDTH - full)
            self._out.write(f"\r{phase:10} [{bar}] {share:4.0%}")
            self._out.flush()
        elif phase != self._phase:
            print(f"{phase} …", file=self._out, flush=True)
        self._phase = phase

    def end(self) -> None:
        """Leave the bar's line."""
        if self._phase and self._out.isatty():
            self._out.write("\r" + " " * (_WIDTH + 20) + "\r")
            self._out.flush()
        self._phase = ""
