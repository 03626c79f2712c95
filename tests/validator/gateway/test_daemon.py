import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from doubles.evening import GATE, TOMORROWS, TONIGHT, TONIGHTS
from doubles.gateway.live import live_gateway, sold
from validator.errors import FixConfig
from validator.gateway.config import Config
from validator.gateway.daemon import Daemon, main_gate, run
from validator.gateway.hooks import settings as hooks
from validator.gateway.host.data_folder import InUse, Lock
from validator.gateway.host.logs import Line, event
from validator.gateway.local_client import boxoffice_client
from validator.model import Catalogue, Decision, Gate
from validator.upstreams import kinds


def test_a_venue_without_gates_gets_one_for_all_performances() -> None:
    gate = main_gate(Catalogue.of((TONIGHTS, TOMORROWS)))
    assert gate == Gate("main", "Main entrance", (TONIGHT, TONIGHT + 1))
    assert main_gate(Catalogue.of((TONIGHTS, TOMORROWS, gate))) is None
    assert main_gate(Catalogue.of((TONIGHTS, GATE))) is None
    assert main_gate(Catalogue.of(())) is None


async def test_a_gateway_without_configured_gates_opens_main(tmp_path: Path) -> None:
    async with live_gateway(tmp_path, gates=()) as live:
        async with asyncio.timeout(10):
            gates: list[str] = []
            while not gates:
                _, figures = await live.call("GET", "/api/v1/counts")
                gates = [gate["id"] for gate in figures["gates"]]
        assert gates == ["main"]


async def test_what_entered_is_delivered_to_the_box_office(tmp_path: Path) -> None:
    async with live_gateway(tmp_path) as live:
        number = live.evening.full[0]
        body = {"code": live.code(number), "gate": "a"}
        await live.call("POST", "/api/v1/check-ins", body, live.admin)
        async with asyncio.timeout(10):
            while live.daemon.gateway.office.tickets.inside(number) != 1:
                await live.call("GET", "/healthz")
        (scan,) = live.daemon.gateway.office.check_ins.of(number)
        assert (scan.gate, scan.decision, scan.count) == ("a", Decision.ADMIT, 1)


async def test_figures_survive_a_restart(tmp_path: Path) -> None:
    async with live_gateway(tmp_path) as live:
        body = {"code": live.code(live.evening.full[0]), "gate": "a"}
        await live.call("POST", "/api/v1/check-ins", body, live.admin)
        device = await live.enrolled()
        pem = live.daemon.gateway.services.authority.pem
    async with live_gateway(tmp_path) as live:
        _, figures = await live.call("GET", "/api/v1/counts")
        assert figures["performances"][0]["inside"] == 1
        assert live.daemon.gateway.services.authority.pem == pem
        status, _ = await live.call("GET", "/api/v1/counts", token=device.token, tls=True)
        assert status == 200


async def test_one_folder_has_one_gateway(tmp_path: Path) -> None:
    async with live_gateway(tmp_path) as live:
        _, config = await asyncio.to_thread(sold, tmp_path)
        with pytest.raises(InUse) as refused:
            Daemon(config)
        assert refused.value.plain == f"http://{live.daemon.plain}"
    Lock(tmp_path).close()


async def test_an_address_that_is_taken_leaves_the_folder_free(tmp_path: Path) -> None:
    _, config = await asyncio.to_thread(sold, tmp_path)
    first = Daemon(config)
    await first.start()
    other = replace(config, data=tmp_path / "other", tls=first.tls)
    with pytest.raises(FixConfig, match="`tls`"):
        Daemon(other)
    await first.stop()
    Lock(tmp_path / "other").close()


def held() -> list[str]:
    """Return the files and sockets that this process holds open."""
    links = (Path("/proc/self/fd") / number for number in os.listdir("/proc/self/fd"))
    return sorted(os.readlink(link) for link in links if link.is_symlink())


def wrong_hook(config: Config) -> Config:
    table = {"name": "crm", "url": "https://example.org/", "key_file": "gone.key"}
    return replace(config, hooks=hooks.read([table], config.data, None))


def wrong_upstream(config: Config) -> Config:
    table = {"kind": "pretix", "url": "https://example.org", "setup_file": "gone.setup"}
    return replace(config, upstreams=kinds.read([table], config.data, None))


def no_folder_for_upstreams(config: Config) -> Config:
    (config.data / "upstreams").write_bytes(b"")
    return wrong_upstream(config)


WRONG = [wrong_hook, wrong_upstream, no_folder_for_upstreams]


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_gateway_that_can_not_be_put_together_holds_nothing(
    tmp_path: Path, wrong: Callable[[Config], Config]
) -> None:
    config = wrong((await asyncio.to_thread(sold, tmp_path))[1])
    before = held()
    with pytest.raises(FixConfig):
        Daemon(config)
    assert held() == before


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_command_that_can_not_open_the_gateway_holds_nothing(
    tmp_path: Path, wrong: Callable[[Config], Config]
) -> None:
    config = wrong((await asyncio.to_thread(sold, tmp_path))[1])
    before = held()
    with pytest.raises(FixConfig):
        async with boxoffice_client(config):
            pass
    assert held() == before


async def test_the_end_is_clean_on_a_signal(tmp_path: Path) -> None:
    _, config = await asyncio.to_thread(sold, tmp_path)
    async with asyncio.timeout(20):
        await run(config, lambda _: os.kill(os.getpid(), signal.SIGTERM))
    Lock(tmp_path).close()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_log_lines_are_single_and_hold_no_exceptions_text() -> None:
    try:
        raise ValueError("1043-2-K7QM of Ada")
    except ValueError:
        record = logging.LogRecord(
            "validator", logging.ERROR, __file__, 1, "failed\nhere", (), sys.exc_info()
        )
    line = Line().format(record)
    assert "\n" not in line
    assert "Ada" not in line
    assert "error=ValueError at=test_daemon.py:" in line


def test_log_values_can_be_told_apart(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "validator.gateway"):
        event("lane_connected", device="lane-1", gate="", why="two words\n", none=None)
    assert caplog.messages == ['lane_connected device=lane-1 gate="" why="two words "']
