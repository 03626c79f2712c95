"""Tell this device that its gateway has another address."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.commands import command, takes_state

if TYPE_CHECKING:
    from scanner.commands import Commands


def add_to(commands: Commands, state: Path) -> None:
    """Enter the command."""
    about = (
        "Follow the gateway to another address; a running lane goes there by itself. Identity, "
        "knowledge and journal stay."
    )
    parser = command(commands, "move", about, _run)
    parser.add_argument("gateway", metavar="HOST[:PORT]", help="new address of the gateway")
    takes_state(parser, state)


def _run(asked: argparse.Namespace) -> int:
    from offline_cache.identity.identity import Identity
    from offline_cache.identity.relocation import moved

    path = asked.state / "identity.json"
    identity = asyncio.run(moved(Identity.load(path), asked.gateway))
    identity.save(path)
    print(f"The gateway of {identity.device} is at {identity.gateway} now.")
    return 0
