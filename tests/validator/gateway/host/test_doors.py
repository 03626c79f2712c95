"""A door takes in as many as it may, goes on when there are no files, and shares are kept."""

from __future__ import annotations

import asyncio
import resource
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest

from validator.gateway.host.doors import MOST_FILES, Bounds, Door, Visitor, counted_as, shared_out

END_S = 60


class Greeting(asyncio.Protocol):
    """Says hello and waits."""

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._visitor.arrived(transport)
        transport.write(b"hello")

    def connection_lost(self, exc: Exception | None) -> None:
        self._visitor.gone()


@pytest.fixture
async def port() -> AsyncIterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        door = Door(listener, Greeting, Bounds(most=3, strangers=3, each=3, patience_s=0.0))
        door.open()
        yield listener.getsockname()[1]
        await door.close()


@contextmanager
def no_files_left() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def test_without_files_nobody_is_taken_in_until_there_are_some_and_it_is_said_seldom(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    loop = asyncio.get_running_loop()
    with socket.socket() as client, socket.socket() as other:
        for one in (client, other):
            one.setblocking(False)
        with no_files_left():
            for one in (client, other):
                await loop.sock_connect(one, ("127.0.0.1", port))
            async with asyncio.timeout(END_S):
                while len(caplog.records) < 2:  # noqa: ASYNC110 - the door has no event for it
                    await asyncio.sleep(0.01)
        async with asyncio.timeout(END_S):
            assert await loop.sock_recv(client, 5) == await loop.sock_recv(other, 5) == b"hello"
    assert {line.getMessage().split()[0] for line in caplog.records} == {"nobody_taken_in"}
    assert len(caplog.records) < 20


async def test_whoever_waited_longest_makes_way(port: int) -> None:
    async with asyncio.timeout(END_S):
        come = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
        heard = [await reader.read(5) for reader, _ in come]
        assert heard == [b"hello"] * 5
        assert [await reader.read() for reader, _ in come[:2]] == [b"", b""]
        for _, writer in come:
            writer.close()


@pytest.mark.parametrize("files", [64, 128, 256, 512, 1024, 4096, MOST_FILES])
def test_what_is_shared_out_leaves_files_for_the_store(files: int) -> None:
    shares = shared_out(files)
    assert files - shares.plain.most - shares.tls.most >= min(128, files // 2) - 4
    assert 0 < shares.tls.each <= shares.tls.strangers <= shares.tls.most // 2


def test_a_thousand_lanes_have_room_behind_one_address() -> None:
    tls = shared_out(MOST_FILES).tls
    assert tls.most - tls.strangers >= 1000
    assert tls.each >= 1000


def test_a_process_takes_as_many_files_as_it_may() -> None:
    program = (
        "import resource as r; from validator.gateway.host.doors import *;"
        "r.setrlimit(r.RLIMIT_NOFILE, (100, {hard})); raise_file_limit();"
        "print(file_limit(), r.getrlimit(r.RLIMIT_NOFILE)[0])"
    )
    for hard in (100, 300):
        done = subprocess.run(
            [sys.executable, "-c", program.format(hard=hard)], capture_output=True, check=True
        )
        assert done.stdout.split() == [b"%d" % hard] * 2


@pytest.mark.parametrize(
    ("peer", "counted"),
    [
        (("192.0.2.7", 1), "192.0.2.7"),
        (("::ffff:192.0.2.7", 1, 0, 0), "192.0.2.7"),
        (("2001:db8:1:2:3:4:5:6", 1, 0, 0), "2001:db8:1:2::/64"),
        (("2001:db8:1:2::1", 1, 0, 0), "2001:db8:1:2::/64"),
        (("fe80::1%eth0", 1, 0, 2), "fe80::/64"),
    ],
)
def test_a_network_of_ipv6_counts_as_one_address(peer: tuple[object, ...], counted: str) -> None:
    assert counted_as(peer) == counted
