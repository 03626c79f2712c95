"""What frames of the streams call for: a receipt, a word to the lane, a question."""

from __future__ import annotations

from offline_cache.knowledge.intake import Intake
from offline_cache.sync.events import Alarm, Applied
from validator.clock import Clock
from validator.errors import FramesMissing, ValidatorError
from validator.feed.names import CANCELLATIONS, kind_of
from validator.wire.messages import Position, Receipt, Want

Reaction = Receipt | Want | Applied | Alarm
"""What is sent to the gateway, or told to the lane."""


class FrameHandler:
    """Applies the frames of one connection, and returns what they call for.

    It sends and tells nothing itself. Its methods wait for the disk.

    Args:
        knowledge: Where frames are applied.
        clock: The device's clocks.
        retry_s: How long to wait before asking for missing frames once more.
    """

    def __init__(self, knowledge: Intake, clock: Clock, retry_s: float) -> None:
        self._knowledge = knowledge
        self._clock = clock
        self._retry_s = retry_s
        self._streams: tuple[str, ...] = ()
        self._asked_s = 0.0
        self._unread = knowledge.unread

    def begin(self) -> tuple[Position, ...]:
        """Return where the streams stand that the greeting asks for.

        Raises:
            CacheError: The disk can't be read.
        """
        self._streams = self._knowledge.place.streams
        return self._asked(self._streams)

    def apply(self, frame: bytes) -> list[Reaction]:
        """Apply a sealed frame.

        Raises:
            CacheError: The disk can't be read or written.
        """
        try:
            position = self._knowledge.apply(frame)
        except FramesMissing:
            if self._clock.boot_s() - self._asked_s < self._retry_s:
                return []
            return [Want(self._asked(self._knowledge.place.streams))]
        except ValidatorError as error:
            return [Alarm(str(error))]
        return self._applied(position) if position else []

    def go_on(self) -> list[Reaction]:
        """Do a piece of what is left to do.

        Raises:
            CacheError: The disk can't be read or written.
        """
        position = self._knowledge.go_on()
        if position is None:
            return []
        # Changes that came meanwhile were left out.
        return [*self._applied(position), Want(self._asked((position.stream,)))]

    def _applied(self, position: Position) -> list[Reaction]:
        called_for: list[Reaction] = []
        if (unread := self._knowledge.unread) > self._unread:
            self._unread = unread
            text = f"{position.stream} holds rows that this version can't read: update it."
            called_for.append(Alarm(text))
        if kind_of(position.stream) == CANCELLATIONS:
            called_for.append(Receipt(position))
        called_for.append(Applied(position.stream, position.sequence))
        streams = self._knowledge.place.streams
        if new := tuple(name for name in streams if name not in self._streams):
            self._streams = streams
            called_for.append(Want(self._asked(new)))
        return called_for

    def _asked(self, streams: tuple[str, ...]) -> tuple[Position, ...]:
        """Return where the gateway is to go on; from now on it is given time to."""
        self._asked_s = self._clock.boot_s()
        return self._knowledge.positions(streams)
