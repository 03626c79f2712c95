"""A camera, or a film, as a source of codes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection

from device.camera.chain import FrameChain
from device.camera.film import Film, Frame
from device.camera.watch import Watch
from device.debounce import Debounce
from device.errors import DeviceError, ForeignCode, PartMissing
from device.ports import Gray, Sighting, Symbol
from device.thread import Bringer

GONE_S = 1.0
"""A code out of view for so long was taken away; if it comes again, somebody shows it again."""

RETRY_S = 1.0
"""Pause before a camera that is gone is tried again, in seconds."""

WAIT_S = 2.0
"""Without a frame for so long the camera is opened anew, in seconds."""


class Camera:
    """Reads codes from a camera; waits for one that is unplugged to come back.

    Args:
        name: Number or path of a camera, or path of a film.
        film: It is a film: played once, at its own pace.
        formats: Gives the symbologies that tickets here have; empty = all.

    Raises:
        DecoderMissing: There is no decoder.
    """

    def __init__(
        self, name: str, film: bool = False, formats: Callable[[], Collection[str]] = frozenset
    ) -> None:
        self._name = name
        self._film = film
        self._formats = formats
        self._chain = FrameChain()
        self._debounce = Debounce(GONE_S)
        self._latest: Frame | None = None
        self._told = ""
        self._bringer: Bringer[Sighting | DeviceError] = Bringer("camera")

    def latest(self) -> Gray | None:
        """Return the latest frame, for a preview; None before the first."""
        return self._latest.gray if self._latest else None

    def sightings(self) -> AsyncIterator[Sighting | DeviceError]:
        """Yield codes as they come into view; a film's end ends it."""
        return self._bringer.items(self._work)

    def close(self) -> None:
        """End `sightings` soon."""
        self._bringer.closed.set()

    def _work(self) -> None:
        closed = self._bringer.closed
        while not closed.is_set():
            try:
                self._play()
                trouble = PartMissing(f"The camera {self._name[:80]} gives no more pictures.")
            except DeviceError as error:
                trouble = error if isinstance(error, PartMissing) else PartMissing(str(error))
            if self._film and not self._told and self._latest is not None:
                return
            if not closed.is_set():
                self._tell(trouble)
            if self._film:
                return
            closed.wait(RETRY_S)

    def _play(self) -> None:
        film, watch, last_s = Film(self._name, camera=not self._film), Watch(), 0.0
        try:
            while not self._bringer.closed.is_set():
                frame = film.next(last_s, WAIT_S)
                if frame is None:
                    return
                self._latest, last_s, self._told = frame, frame.at_s, ""
                self._see(frame)
                if not self._film and (trouble := watch.trouble(frame.gray, frame.at_s)):
                    self._bringer.bring(trouble)
        except EOFError:
            return
        finally:
            film.close()

    def _see(self, frame: Frame) -> None:
        for symbol in self._chain.look(frame.gray, frame.at_s):
            if self._debounce.fresh(symbol, frame.at_s):
                self._bringer.bring(self._sighting(symbol))

    def _sighting(self, symbol: Symbol) -> Sighting | DeviceError:
        formats = self._formats()
        if formats and symbol.format not in formats:
            return ForeignCode("This is not one of our codes. Look for the ticket's own.")
        return Sighting(symbol.text, symbol.data, symbol.format, f"camera {self._name[:40]}")

    def _tell(self, trouble: PartMissing) -> None:
        if str(trouble) != self._told:
            self._told = str(trouble)
            self._bringer.bring(trouble)
