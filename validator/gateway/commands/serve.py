"""`serve`: the daemon."""

from __future__ import annotations

import argparse
import asyncio
import os

from validator.gateway.api.counter import PATH
from validator.gateway.commands.parser import Commands, config_of
from validator.gateway.daemon import Daemon, run
from validator.gateway.host.logs import set_up
from validator.gateway.host.systemd import Systemd


def add(commands: Commands) -> None:
    """Add the command."""
    commands.add(
        "serve",
        "Run the gateway until it is told to stop.",
        _run,
        [
            "entrance-gateway serve",
            "entrance-gateway serve --config /etc/entrance/gateway.toml",
            "entrance-gateway serve --data ./rehearsal",
        ],
        "Pages and tools reach it on the plain listener of this machine (127.0.0.1:8080),\n"
        "devices on the TLS listener (port 8443). SIGTERM and Ctrl-C end it cleanly.",
    )


def _run(args: argparse.Namespace) -> int:
    config = config_of(args)
    systemd = Systemd.of(os.environ, os.getpid())
    set_up(systemd.journal)
    asyncio.run(run(config, _say, systemd=systemd))
    return 0


def _say(daemon: Daemon) -> None:
    print(f"Dashboard      http://{daemon.plain}/")
    print(f"Counter        http://{daemon.plain}{PATH}/")
    print(f"Devices        port {daemon.tls.port}; to enrol one: entrance-gateway devices code")
    print(f"Data           {daemon.gateway.services.config.data}", flush=True)
