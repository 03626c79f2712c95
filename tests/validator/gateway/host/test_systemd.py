import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientSession

from doubles.gateway.live import sold
from journeys.venue.waiting import ROOT
from validator.errors import FixConfig
from validator.gateway.daemon import Daemon, run
from validator.gateway.host.logs import Line
from validator.gateway.host.systemd import NOBODY, Systemd

HANDED = (
    "import json, os, sys; from validator.gateway.host.systemd import Systemd;"
    "os.dup2(int(sys.argv[1]), 3); os.environ['LISTEN_PID'] = str(os.getpid());"
    "handed = Systemd.of(os.environ, os.getpid());"
    "print(json.dumps([each.getsockname()[1] for each in handed.sockets]), 'LISTEN_FDS' in"
    " os.environ, os.get_inheritable(3))"
)


@pytest.fixture
def ear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """What systemd listens with."""
    monkeypatch.chdir(tmp_path)  # a socket's path has room for 107 bytes
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("notify")
        listening.settimeout(20)
        yield listening


def test_started_by_hand_nothing_is_handed_over_and_nothing_is_said() -> None:
    assert Systemd.of({}, 7) == NOBODY
    NOBODY.say("READY=1")


def test_what_is_meant_for_another_process_is_left_alone() -> None:
    others = {"LISTEN_PID": "8", "LISTEN_FDS": "2", "WATCHDOG_PID": "8", "WATCHDOG_USEC": "5"}
    found = Systemd.of(dict(others), 7)
    assert (found.sockets, found.watchdog_s) == ((), None)


def test_no_child_inherits_what_was_handed_over() -> None:
    environment = {"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "6000000", "JOURNAL_STREAM": "8:1"}
    found = Systemd.of(environment, 7)
    assert (found.notify, found.watchdog_s, found.journal) == ("@x", 6.0, True)
    assert environment == {"JOURNAL_STREAM": "8:1"}


def test_sockets_begin_at_descriptor_three() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        said = subprocess.run(
            [sys.executable, "-c", HANDED, str(listener.fileno())],
            env=os.environ | {"LISTEN_FDS": "1"},
            pass_fds=[listener.fileno()],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert said == f"[{listener.getsockname()[1]}] False False\n"


def test_an_ear_that_is_gone_stops_nobody(tmp_path: Path) -> None:
    Systemd(str(tmp_path / "nobody")).say("WATCHDOG=1")


async def test_systemd_hears_of_readiness_of_life_and_of_the_end(
    tmp_path: Path, ear: socket.socket
) -> None:
    _, config = await asyncio.to_thread(sold, tmp_path / "data")
    systemd = Systemd(ear.getsockname(), watchdog_s=0.03)
    served = asyncio.create_task(run(config, systemd=systemd))
    heard: list[str] = []
    while heard.count("WATCHDOG=1") < 3 or "READY=1" not in heard:
        heard += (await asyncio.to_thread(ear.recv, 1000)).decode().splitlines()
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(20):
        await served
    while "STOPPING=1" not in heard:
        heard += (await asyncio.to_thread(ear.recv, 1000)).decode().splitlines()
    assert heard.index("READY=1") < heard.index("STOPPING=1")
    assert (heard.count("READY=1"), heard.count("STOPPING=1")) == (1, 1)


async def test_a_gateway_serves_on_the_sockets_that_systemd_holds(tmp_path: Path) -> None:
    _, config = await asyncio.to_thread(sold, tmp_path)
    with (
        socket.create_server(("127.0.0.1", 0)) as plain,
        socket.create_server(("127.0.0.1", 0)) as tls,
    ):
        held = Systemd(sockets=(plain.dup(), tls.dup()))
        config = replace(
            config,
            plain=config.plain._replace(port=plain.getsockname()[1]),
            tls=config.tls._replace(port=tls.getsockname()[1]),
        )
        daemon = Daemon(config, systemd=held)
        await daemon.start()
        async with ClientSession() as http:
            url = f"http://127.0.0.1:{plain.getsockname()[1]}/healthz"
            async with http.get(url) as answer:
                assert answer.status == 200
        await daemon.stop()
        # systemd's own descriptors still listen: who comes now waits for the next process.
        for listener in (plain, tls):
            with socket.create_connection(listener.getsockname()) as guest:
                accepted, who = listener.accept()
                accepted.close()
                assert who == guest.getsockname()


async def test_a_socket_of_another_port_is_named(tmp_path: Path) -> None:
    _, config = await asyncio.to_thread(sold, tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as other:
        config = replace(config, plain=config.plain._replace(port=1))
        with pytest.raises(FixConfig, match=r"entrance-gateway\.socket"):
            Daemon(config, systemd=Systemd(sockets=(other.dup(),)))


def test_under_systemd_a_line_begins_with_its_priority() -> None:
    record = logging.LogRecord(
        "validator.gateway.sources.poller", logging.ERROR, "", 1, "So it is", (), None
    )
    line = '<3>from=validator.gateway.sources.poller says="So it is"'
    assert Line(journal=True).format(record) == line
    event = logging.LogRecord(
        "validator.gateway", logging.INFO, "", 1, "lane_connected n=1", (), None
    )
    assert Line(journal=True).format(event) == "<6>event=lane_connected n=1"
    assert " level=info event=lane_connected n=1" in Line().format(event)
