"""Boards of relays with a contact: one on each kind of wire, and one in memory.

Every board says what is closed now, and lets a test press its contact.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import pty
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from device.contact import PolledContact
from device.errors import DeviceError
from device.http_relays import HttpRelays, LocalBoard
from device.linux.gpio import Chip, GpioContact, GpioRelays
from device.relays import Contact, Relays
from device.serial_relays import SerialPort, SerialRelays

COUNT = 3

LOOK = "/rpc/Input.GetStatus?id=0"
"""Call by which a board in the network is asked for its contact."""


class Board(Protocol):
    """A board at hand."""

    relays: Relays
    contact: Contact

    @property
    def closed(self) -> frozenset[int]:
        """Relays that are closed now."""
        ...

    @property
    def looks(self) -> int | None:
        """How often its contact was seen, open or closed; None = it tells by itself."""
        ...

    def press(self) -> None:
        """Go through: the contact closes for a moment."""
        ...

    def lose(self) -> None:
        """Cut the wire."""
        ...

    def end(self) -> None:
        """Throw the board away."""
        ...


class MemoryBoard:
    """A board that is no more than its state."""

    looks: int | None = None

    def __init__(self) -> None:
        self.relays: Relays = self
        self.contact: Contact = self
        self.closed: frozenset[int] = frozenset()
        self.steps: list[frozenset[int]] = []
        self.lost = False
        self._felt = asyncio.Event()

    async def switch(self, on: frozenset[int]) -> None:
        if self.lost:
            raise DeviceError("The board can't be reached: put it there.")
        self.closed = on
        self.steps.append(on)

    async def forget(self) -> None:
        if self.lost:
            raise DeviceError("The board can't be reached: put it there.")
        self._felt.clear()

    async def felt(self, within_s: float) -> bool:
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(self._felt.wait(), within_s)
        return False

    def close(self) -> None:
        self.closed = frozenset()

    def press(self) -> None:
        self._felt.set()

    def lose(self) -> None:
        self.lost = True

    def mend(self) -> None:
        self.lost = False

    def end(self) -> None: ...


class SerialBoard:
    """An LCUS board behind a real pseudo-terminal, and a line beside it that is no terminal's."""

    def __init__(self) -> None:
        self._board, computer = pty.openpty()
        os.set_blocking(self._board, False)
        self._name = os.ttyname(computer)
        os.close(computer)
        self._state: set[int] = set()
        self._rest = b""
        self._held, self._plugged = False, True
        self.looks: int | None = 0
        self._seen = itertools.count(1)
        port = SerialPort(self._name)
        self.relays: Relays = SerialRelays(port, COUNT)
        # A pseudo-terminal has no line CTS.
        self.contact: Contact = PolledContact(self._look, port.close)

    @property
    def closed(self) -> frozenset[int]:
        with contextlib.suppress(BlockingIOError, OSError):
            self._rest += os.read(self._board, 4096)
        while len(self._rest) >= 4:
            start, relay, on, check = self._rest[:4]
            assert (start, check) == (0xA0, (start + relay + on) % 256)
            (self._state.add if on else self._state.discard)(relay)
            self._rest = self._rest[4:]
        return frozenset(self._state)

    def press(self) -> None:
        self._held = True

    def lose(self) -> None:
        # The driver of a board that is pulled answers with an error for ever.
        self._plugged = False
        os.close(self._board)

    def end(self) -> None:
        if self._plugged:
            os.close(self._board)

    def _look(self) -> bool:
        held, self._held = self._held, False
        self.looks = next(self._seen)
        return held


class HttpBoard:
    """A board that serves Shelly's RPC on this machine."""

    def __init__(self) -> None:
        self._state: set[int] = set()
        self.held = False
        self.calls: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        board = LocalBoard.parse(self.address)
        self.relays: Relays = HttpRelays(board, COUNT)
        self.contact: Contact = PolledContact(board.input_closed, lambda: None)

    @property
    def closed(self) -> frozenset[int]:
        return frozenset(self._state)

    @property
    def looks(self) -> int | None:
        return self.calls.count(LOOK)

    def press(self) -> None:
        self.held = True

    def lose(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def end(self) -> None:
        self.lose()

    def _handler(board) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler has a self
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                words = {
                    name: json.loads(value[0]) for name, value in parse_qs(parts.query).items()
                }
                body = json.dumps(board._answer(parts.path, words)).encode()
                # Who presses once it is called has not been seen by it yet.
                board.calls.append(self.path)
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None: ...

        return Handler

    def _answer(self, path: str, words: dict[str, Any]) -> dict[str, Any]:
        if path == "/rpc/Input.GetStatus":
            held, self.held = self.held, False
            return {"id": words["id"], "state": held}
        assert path == "/rpc/Switch.Set", path
        was = words["id"] + 1 in self._state
        (self._state.add if words["on"] else self._state.discard)(words["id"] + 1)
        return {"was_on": was}


class GpioLines:
    """Lines that a chip lent: speaks as gpiod's LineRequest does."""

    def __init__(self, board: GpioBoard, config: dict[Any, Any]) -> None:
        self._board = board
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._reading, False)
        self.fd = self._reading
        self.names = [
            name for key in config for name in (key if isinstance(key, tuple) else (key,))
        ]
        board.lent.append(self)

    def set_values(self, values: dict[Any, Any]) -> None:
        if self._board.lost:
            raise OSError(19, "No such device")
        for line, value in values.items():
            self._board.levels[line] = bool(value.value)

    def wait_edge_events(self, timeout: timedelta) -> bool:
        return self._board.noted > 0

    def read_edge_events(self) -> list[object]:
        os.read(self._reading, 4096)
        found, self._board.noted = [object()] * self._board.noted, 0
        return found

    def note(self) -> None:
        self._board.noted += 1
        os.write(self._writing, b".")

    def release(self) -> None:
        self._board.lent.remove(self)
        os.close(self._reading)
        os.close(self._writing)


class GpioBoard:
    """A chip that is not there: Debian's kernel has no simulated one."""

    looks: int | None = None

    def __init__(self) -> None:
        self.levels: dict[Any, bool] = {}
        self.lent: list[GpioLines] = []
        self.noted, self.lost = 0, False
        self._lines: tuple[int | str, ...] = (17, 27, "GPIO22")
        chip = Chip("/dev/gpiochip9", self._request)
        self.relays: Relays = GpioRelays(chip, self._lines)
        self.contact: Contact = GpioContact(chip, 4)

    @property
    def closed(self) -> frozenset[int]:
        return frozenset(
            relay for relay, line in enumerate(self._lines, 1) if self.levels.get(line)
        )

    def press(self) -> None:
        for lines in self.lent:
            if lines.names == [4]:
                lines.note()

    def lose(self) -> None:
        self.lost = True

    def end(self) -> None:
        assert self.lent == [], "lines are still held"

    def _request(self, path: str, config: dict[Any, Any], consumer: str) -> Any:
        if self.lost:
            raise FileNotFoundError(2, "No such file or directory")
        return GpioLines(self, config)


BOARDS: dict[str, Callable[[], Board]] = {
    "memory": MemoryBoard,
    "serial": SerialBoard,
    "http": HttpBoard,
    "gpio": GpioBoard,
}


@contextlib.contextmanager
def board(kind: str) -> Iterator[Board]:
    """Give a board of a kind."""
    made = BOARDS[kind]()
    try:
        yield made
    finally:
        made.relays.close()
        made.contact.close()
        made.end()
