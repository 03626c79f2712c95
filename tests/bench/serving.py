"""A gateway in a process of its own, its store filled: `python -m bench.serving FOLDER …`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from aiohttp import web

from bench.child import ready
from bench.evening import GATE, SCOPE, SOURCE, entries, listings
from validator.clock import Instant
from validator.gateway.config import Config
from validator.gateway.daemon import Daemon
from validator.gateway.host.listeners import Address
from validator.gateway.sources.followed_source import SourceLedger
from validator.machine_clock import machine_clock
from validator.model import Revocation, RevocationKind, Serial
from validator.ports import Changes

POLL_S = 15.0


async def serve(folder: Path, tickets: int, lanes: int) -> None:
    """Serve until standard input ends."""
    clock = machine_clock()
    plain, tls = Address("127.0.0.1", 0), Address("127.0.0.1", 0)
    daemon = Daemon(Config("Bench", folder, plain, tls, poll_s=3600), clock)
    await daemon.start()
    services = daemon.gateway.services
    rows = tuple(listings(range(1, tickets + 1)))
    await SourceLedger(services.committer).apply(
        SOURCE, Changes("1", clock.now(), entries=entries(clock.now()), listings=rows)
    )
    devices = []
    for number in range(lanes):
        secret, _ = await services.registry.invite(GATE)
        record, token = await services.registry.enrol(secret, f"Lane {number}")
        devices.append([record.id, token])
    control = await _control(daemon)
    polled = asyncio.create_task(_poll(daemon))
    ready(
        control="{}:{}".format(*control.addresses[0][:2]),
        plain=str(daemon.plain),
        tls=str(daemon.tls),
        admin=daemon.gateway.secrets.admin_token,
        pem=services.authority.pem.decode(),
        lanes=devices,
    )
    await asyncio.to_thread(sys.stdin.read)
    polled.cancel()
    await control.cleanup()
    await daemon.stop()


async def _poll(daemon: Daemon) -> None:
    """Hear the source out, so that what is known of its tickets does not grow old."""
    while True:
        await asyncio.sleep(POLL_S)
        await SourceLedger(daemon.gateway.services.committer).apply(
            SOURCE, Changes("1", machine_clock().now())
        )


async def _control(daemon: Daemon) -> web.AppRunner:
    """Listen for what the source is to do: `POST /cancel/SERIAL`."""
    committer = daemon.gateway.services.committer

    async def cancel(request: web.Request) -> web.Response:
        serial = Serial(SCOPE, int(request.match_info["serial"]))
        gone = Revocation(serial, RevocationKind.CANCELLED, Instant(0))
        await SourceLedger(committer).apply(
            SOURCE, Changes("2", machine_clock().now(), revocations=(gone,))
        )
        return web.Response(text="done")

    app = web.Application()
    app.add_routes([web.post("/cancel/{serial}", cancel)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tickets", type=int, default=0)
    parser.add_argument("--lanes", type=int, default=0)
    args = parser.parse_args()
    # A line for each of 5,000 conflicts would bury what the bench says.
    logging.disable(logging.WARNING)
    asyncio.run(serve(args.folder, args.tickets, args.lanes))


if __name__ == "__main__":
    main()
