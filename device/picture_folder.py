"""Codes out of the pictures of a folder, also those that arrive later."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from device.decoders import check_any, decode_picture, read_picture
from device.errors import DeviceError, PartMissing
from device.ports import Decoder, Sighting, Symbol

ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif"})

PATIENCE_S = 1.0
"""How long a file that can't be read may stay unchanged before it is given up, in seconds."""

GRAIN_NS = 100_000_000
"""A folder changed less than this ago, in nanoseconds, may change again under the same time."""


@dataclass(slots=True)
class _Waiting:
    """A picture that could not be read yet."""

    since_s: float
    size: int
    changed_ns: int
    error: DeviceError


class PictureFolder:
    """Reads a folder's pictures in the order of their names, each name once; never ends by itself.

    Names that start with a point, or don't end as pictures do, are left alone: write under such
    a name and rename. A half-written picture is tried again until it stays as it is for a second.

    Args:
        path: The folder; may appear later.
        decoders: Best first.
        poll_s: Pause between two looks at the folder, in seconds, > 0.

    Raises:
        DecoderMissing: There is no decoder.
    """

    latest = choose = None

    def __init__(self, path: Path, decoders: Sequence[Decoder], poll_s: float = 0.02) -> None:
        check_any(decoders)
        self._path = path
        self._decoders = tuple(decoders)
        self._poll_s = poll_s
        self._done: set[str] = set()
        self._waiting: dict[str, _Waiting] = {}
        self._looked_at_ns = -1
        self._complained = False
        self._closed = asyncio.Event()

    async def sightings(self) -> AsyncIterator[Sighting | DeviceError]:
        """Yield the codes of every picture; one without any, or unreadable, gives an error."""
        while not self._closed.is_set():
            try:
                names = await asyncio.to_thread(self._new_names)
                self._complained = False
            except OSError as error:
                names = []
                if not self._complained:
                    self._complained = True
                    yield PartMissing(
                        f"The folder of pictures can't be read ({error.strerror}); "
                        "create it or name another."
                    )
            for name in names:
                for item in await asyncio.to_thread(self._read_all, name):
                    yield item
                if self._closed.is_set():
                    return
            try:
                await asyncio.wait_for(self._closed.wait(), self._poll_s)
            except TimeoutError:
                continue

    def close(self) -> None:
        """End `sightings` after the picture at hand."""
        self._closed.set()

    def _new_names(self) -> list[str]:
        """Return names to try, in order; costs one stat while nothing changes."""
        changed_ns = self._path.stat().st_mtime_ns
        if changed_ns == self._looked_at_ns:
            return sorted(self._waiting)
        settled = time.time_ns() - changed_ns > GRAIN_NS
        names = [path.name for path in self._path.iterdir() if _is_picture(path)]
        self._looked_at_ns = changed_ns if settled else -1
        return sorted(name for name in names if name not in self._done)

    def _read_all(self, name: str) -> list[Sighting | DeviceError]:
        return list(self._read(name))

    def _read(self, name: str) -> Iterator[Sighting | DeviceError]:
        path = self._path / name
        waiting = self._waiting.get(name)
        try:
            status = path.stat()
        except OSError:
            # Taken away again before it could be read.
            self._waiting.pop(name, None)
            return
        form = (status.st_size, status.st_mtime_ns)
        now_s = time.monotonic()
        if waiting and form == (waiting.size, waiting.changed_ns):
            if now_s - waiting.since_s >= PATIENCE_S:
                self._finish(name)
                yield waiting.error
            return
        try:
            symbols = decode_picture(read_picture(path), self._decoders)
        except DeviceError as error:
            self._waiting[name] = _Waiting(now_s, *form, error)
            return
        self._finish(name)
        if not symbols:
            yield DeviceError(f"No code was found in {name[:80]}.")
        yield from (_sighting(symbol, name) for symbol in symbols)

    def _finish(self, name: str) -> None:
        self._done.add(name)
        self._waiting.pop(name, None)


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in ENDINGS and not path.name.startswith(".")


def _sighting(symbol: Symbol, origin: str) -> Sighting:
    return Sighting(symbol.text, symbol.data, symbol.format, origin)
