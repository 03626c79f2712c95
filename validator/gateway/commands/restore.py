"""`restore`: a spare machine takes over."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from validator.gateway.backup.contents import CONFIG
from validator.gateway.backup.passphrase import read_passphrase
from validator.gateway.backup.restore import restore
from validator.gateway.commands.backup import add_passphrase
from validator.gateway.commands.parser import Commands, config_of
from validator.machine_clock import machine_clock


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add(
        "restore",
        "Put a backup into an empty data folder, for a gateway that takes over.",
        _run,
        [
            "entrance-gateway restore tonight.backup --data ./venue",
            "entrance-gateway serve --data ./venue",
        ],
        "Start the gateway there under the address that the lanes know; they connect by\n"
        "themselves and give back what the backup lacks. The old gateway must not run again.\n"
        "Devices enrolled after the backup have to be enrolled again; their check-ins are kept.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a backup")
    add_passphrase(parser)


def _run(args: argparse.Namespace) -> int:
    config = config_of(args)

    def ask() -> str:
        return read_passphrase(args.passphrase_file)

    done = restore(args.file, config.data, ask, machine_clock(), os.urandom)
    print(f"Restored into {config.data}: the state of {done.made_at}.")
    if done.configured:
        print(f"Its configuration   {config.data / CONFIG}; give it with --config, if it fits here")
    print(f"Awaited devices     {', '.join(done.awaited) or 'none'}")
    if done.awaited:
        print("Until they have connected, verdicts are provisional. To give one up:")
        print("  entrance-gateway devices write-off NAME")
    print(f"Now start it: entrance-gateway serve --data {config.data}")
    return 0
