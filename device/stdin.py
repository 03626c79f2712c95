"""Codes typed or piped in, one a line."""

from __future__ import annotations

import asyncio
import io
import os
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import CancelledError
from typing import BinaryIO

from device.errors import DeviceError, ReadAgain
from device.ports import LONGEST_CODE, Sighting

CHUNK = 64 * 1024


class Lines:
    """Reads one code per line; blank lines are skipped.

    Args:
        stream: Binary input, such as `sys.stdin.buffer`; nobody else may read it.
    """

    latest = choose = None

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._closed = asyncio.Event()

    async def sightings(self) -> AsyncIterator[Sighting | DeviceError]:
        """Yield each line's code; ends at the end of input."""
        chunks: asyncio.Queue[bytes] = asyncio.Queue(maxsize=4)
        self._start(chunks)
        rest, number, skipping = b"", 0, False
        while chunk := await self._next(chunks):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                number += 1
                if (found := self._read(line, number)) and not skipping:
                    yield found
                skipping = False
                if self._closed.is_set():
                    return
            if len(rest) > LONGEST_CODE:
                if not skipping:
                    yield _too_long(number + 1)
                rest, skipping = b"", True
        if (found := self._read(rest, number + 1)) and not skipping and not self._closed.is_set():
            yield found

    def close(self) -> None:
        """End `sightings`; a read that waits for input is left behind."""
        self._closed.set()

    def _start(self, chunks: asyncio.Queue[bytes]) -> None:
        # A daemon thread on the bare descriptor: an executor's thread, or one that holds the
        # buffered reader's lock, would keep the process from ending while input is open.
        loop = asyncio.get_running_loop()
        read = _reader(self._stream)

        def work() -> None:
            chunk = b" "
            while chunk:
                try:
                    chunk = read()
                except (OSError, ValueError):
                    chunk = b""
                putting = chunks.put(chunk)
                try:
                    asyncio.run_coroutine_threadsafe(putting, loop).result()
                except (RuntimeError, CancelledError):
                    putting.close()
                    return

        threading.Thread(target=work, name="stdin", daemon=True).start()

    async def _next(self, chunks: asyncio.Queue[bytes]) -> bytes:
        """Return the next chunk, empty at the end of input or once closed."""
        getting = asyncio.ensure_future(chunks.get())
        closing = asyncio.ensure_future(self._closed.wait())
        try:
            await asyncio.wait({getting, closing}, return_when=asyncio.FIRST_COMPLETED)
            return getting.result() if getting.done() and not closing.done() else b""
        finally:
            getting.cancel()
            closing.cancel()

    def _read(self, line: bytes, number: int) -> Sighting | DeviceError | None:
        data = line.removesuffix(b"\r")
        if not data.strip():
            return None
        if len(data) > LONGEST_CODE:
            return _too_long(number)
        return Sighting.of_bytes(data, None, f"line {number}")


def _too_long(number: int) -> DeviceError:
    return ReadAgain(f"Line {number} is longer than any ticket's code; scan the ticket again.")


def _reader(stream: BinaryIO) -> Callable[[], bytes]:
    try:
        descriptor = stream.fileno()
    except (io.UnsupportedOperation, OSError):
        return lambda: stream.read(CHUNK)
    return lambda: os.read(descriptor, CHUNK)
