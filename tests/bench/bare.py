"""The bare loop: parses a check-in, verifies its signature, commits it in a group, answers.

No rules, no listing, no claim, no uses: what any validating, durable gateway on the same machine,
interpreter and libraries has to do at the least. `python -m bench.bare FOLDER`.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import threading
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from aiohttp import WSMsgType, web

from bench.child import ready
from bench.evening import ISSUER, KID
from validator.keys import KeyRing
from validator.model import IssuerKey, KeyState
from validator.token import read
from validator.wire.messages import ClaimRequest, Position, Receipt, decode, encode

BATCH = 256
RING = KeyRing({KID: IssuerKey(KID, ISSUER.public, KeyState.ACTIVE, (), "")}, bytes(32))
DONE = encode(Receipt(Position("done", 0, 0, 0)))


class Bare:
    """Group commit into one table.

    Args:
        folder: Gets the file.
    """

    def __init__(self, folder: Path) -> None:
        self._db = sqlite3.connect(
            folder / "bare.sqlite", isolation_level=None, check_same_thread=False
        )
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("CREATE TABLE check_ins (code BLOB NOT NULL, body BLOB NOT NULL)")
        self._queue: SimpleQueue[tuple[bytes, bytes, asyncio.Future[None]]] = SimpleQueue()
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._run, daemon=True).start()

    async def check_in(self, text: str, body: bytes) -> None:
        """Verify a ticket and keep the request; returns when it is on disk."""
        done: asyncio.Future[None] = self._loop.create_future()
        self._queue.put((read(text, RING).code, body, done))
        await done

    def _run(self) -> None:
        while True:
            items = [self._queue.get()]
            try:
                while len(items) < BATCH:
                    items.append(self._queue.get_nowait())
            except Empty:
                pass
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "INSERT INTO check_ins VALUES (?, ?)", [(code, body) for code, body, _ in items]
            )
            self._db.execute("COMMIT")
            self._loop.call_soon_threadsafe(_answer, [done for _, _, done in items])


def _answer(waiting: list[asyncio.Future[None]]) -> None:
    for done in waiting:
        if not done.done():
            done.set_result(None)


async def serve(folder: Path) -> None:
    """Serve until standard input ends."""
    bare = Bare(folder)

    async def check_in(request: web.Request) -> web.Response:
        body = await request.read()
        await bare.check_in(json.loads(body)["code"], body)
        return web.json_response({"decision": "admit"})

    async def link(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        tasks: set[asyncio.Task[None]] = set()

        async def claim(data: bytes) -> None:
            message: Any = decode(data)
            assert isinstance(message, ClaimRequest)
            await bare.check_in(message.scan.text, data)
            await socket.send_bytes(DONE)

        async for item in socket:
            if item.type is WSMsgType.BINARY:
                task = asyncio.create_task(claim(item.data))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
        return socket

    app = web.Application()
    app.add_routes([web.post("/api/v1/check-ins", check_in), web.get("/api/v1/link", link)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    ready(plain="{}:{}".format(*runner.addresses[0][:2]))
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
