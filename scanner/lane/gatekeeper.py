"""Opens the turnstile after a green, and writes down who went through."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from device.errors import DeviceError
from device.ports import Turnstile
from scanner.lane.lane import Lane
from validator.admission import Shown
from validator.model import Fault, Trouble

PASSAGE_S = 20.0
"""How long each person may take, in seconds: less than the lane holds an entry."""

BY_HAND = "Let the guest in by hand, then scan the ticket again, or call the supervisor."
UNCOUNTED = (
    "This gate counts who goes through, but the lane has no turnstile: every entry is given up "
    "after 30 s. Name one with --turnstile, or let the gate count at once."
)


class Gatekeeper:
    """Lets in whom the lane admits, one entry after the other.

    Args:
        lane: Keeps the entries.
        turnstile: None = the guests walk in.
        tell: Is told once of a gate that counts passages and a lane that can't.
        failed: Is told of a mistake of ours at an entry.
    """

    def __init__(
        self,
        lane: Lane,
        turnstile: Turnstile | None,
        tell: Callable[[str], object],
        failed: Callable[[Exception], object],
    ) -> None:
        self._lane = lane
        self._turnstile = turnstile
        self._tell = tell
        self._failed = failed
        self._told = False
        self._turn = asyncio.Lock()
        self._entries: set[asyncio.Task[None]] = set()

    def follow(self, shown: Shown | Fault | None) -> None:
        """Do what a verdict asks for; returns at once, the next ticket may be scanned."""
        if not isinstance(shown, Shown) or not shown.verdict.passes:
            return
        if self._turnstile is not None:
            entry = asyncio.create_task(self._let(shown, self._turnstile))
            self._entries.add(entry)
            entry.add_done_callback(self._entries.discard)
        elif shown.held and not self._told:
            self._told = True
            self._tell(UNCOUNTED)

    async def settled(self) -> None:
        """Wait until every entry is told."""
        while self._entries:
            await asyncio.wait(self._entries)

    async def _let(self, shown: Shown, turnstile: Turnstile) -> None:
        went, ended = 0, False
        async with self._turn:
            try:
                while went < shown.verdict.count and self._open(shown):
                    if not await turnstile.let_one(PASSAGE_S):
                        break
                    went += 1
                ended = True
            except DeviceError as error:
                ended, what = True, f"The turnstile failed: {error}"
                self._lane.light.show(Fault(what, BY_HAND, Trouble.TURNSTILE), 0.0)
            except Exception as error:
                ended = True
                self._failed(error)
            finally:
                # Cut off before anybody went, the entry stays held: somebody may be on the way.
                if shown.held and (went or ended):
                    self._write(shown, went)

    def _open(self, shown: Shown) -> bool:
        return not shown.held or self._lane.passing(shown.id)

    def _write(self, shown: Shown, went: int) -> None:
        if went and (fault := self._lane.confirm(shown.id, went)):
            self._lane.light.show(fault, 0.0)
        elif not went:
            # Given up already, by the clock, is given up, too.
            self._lane.release(shown.id)
