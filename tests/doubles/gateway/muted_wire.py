"""A TCP relay on the loopback whose answers can be lost while requests still go through."""

from __future__ import annotations

import asyncio
import contextlib


class MutedWire:
    """A relay in front of a gateway; what it swallows is gone, so a muted link ends broken.

    Args:
        host: The gateway's address.
        port: The gateway's TLS port.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._muted = False
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> int:
        """Listen on a free loopback port and return it."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    def mute(self) -> None:
        """Lose whatever the gateway says from now on."""
        self._muted = True

    def unmute(self) -> None:
        """End the links that lost something, and let new ones through."""
        self._muted = False
        for writer in self._writers:
            writer.transport.abort()

    async def stop(self) -> None:
        """Stop listening and cut what is left."""
        for writer in self._writers:
            writer.transport.abort()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, far_writer}
        await asyncio.gather(self._up(reader, far_writer), self._down(far_reader, writer))
        self._writers -= {writer, far_writer}

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                if not self._muted:
                    writer.write(data)
                    await writer.drain()
        writer.close()
