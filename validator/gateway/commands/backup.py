"""`backup`: a sealed copy of everything, while the gateway runs."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime
from pathlib import Path

from validator.clock import Instant
from validator.gateway.backup.backup import back_up
from validator.gateway.backup.passphrase import CREDENTIAL, read_passphrase
from validator.gateway.commands.parser import Commands, config_of, need_data
from validator.machine_clock import machine_clock


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add(
        "backup",
        "Copy everything that a spare machine needs to take over, sealed by a passphrase.",
        _run,
        [
            "entrance-gateway backup",
            "entrance-gateway backup --to /media/stick/tonight.backup",
            "entrance-gateway backup --to tonight.backup --passphrase-file /run/secrets/backup",
        ],
        "Works beside a running gateway and without one. The file holds the store, the box\n"
        "office and every key of the venue. Keep the passphrase elsewhere: without it the file\n"
        "is of no use to anybody.",
    )
    parser.add_argument(
        "--to", type=Path, metavar="FILE", help="new file; default: in this folder, named by time"
    )
    add_passphrase(parser)
    parser.add_argument(
        "--unsealed",
        action="store_true",
        help="without a passphrase: whoever has the file can forge tickets and play the gateway",
    )


def add_passphrase(parser: argparse.ArgumentParser) -> None:
    """Add --passphrase-file."""
    parser.add_argument(
        "--passphrase-file",
        metavar="FILE",
        help="its first line is the passphrase; - = standard input; default: the systemd "
        f"credential {CREDENTIAL}, else it is asked for",
    )


def _run(args: argparse.Namespace) -> int:
    config, now = config_of(args), machine_clock().now()
    need_data(config)
    to = args.to or Path(f"entrance-{_stamp(now)}.backup")
    passphrase = None if args.unsealed else read_passphrase(args.passphrase_file, twice=True)
    size = back_up(config.data, to, passphrase, now, os.urandom, args.config)
    print(f"{to}, {size / 1e6:.1f} MB, {'not sealed' if args.unsealed else 'sealed'}.")
    print(f"To restore it on a spare machine: entrance-gateway restore {to.name} --data DIR")
    return 0


def _stamp(now: Instant) -> str:
    return datetime.fromtimestamp(now / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
