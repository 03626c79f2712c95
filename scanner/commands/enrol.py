"""Make this device known to a gateway."""

from __future__ import annotations

import argparse
import asyncio
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.commands import command, takes_state
from scanner.errors import FixStart

if TYPE_CHECKING:
    from scanner.commands import Commands


def add_to(commands: Commands, state: Path) -> None:
    """Enter the command."""
    about = "Make this device known to a gateway, with the code that the gateway shows."
    parser = command(commands, "enrol", about, _run)
    parser.add_argument(
        "code",
        metavar="CODE",
        help="22 characters, case and dashes don't matter; or what the gateway's picture holds",
    )
    parser.add_argument(
        "--gateway", metavar="HOST[:PORT]", help="address of the gateway; the picture names it"
    )
    parser.add_argument(
        "--name", default=socket.gethostname(), help="this device's name (default: the host's)"
    )
    takes_state(parser, state)


def _run(asked: argparse.Namespace) -> int:
    from offline_cache.errors import EnrolAgain
    from offline_cache.identity.enrolment import enrol
    from offline_cache.identity.identity import Identity
    from validator.enrolment import INVITATION, read_invitation

    state: Path = asked.state
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise FixStart(
            f"The folder {state} can't be made ({error.strerror}); name another with --state."
        ) from error
    try:
        before = Identity.load(state / "identity.json")
    except EnrolAgain:
        before = None
    code, gateway, pin = asked.code, asked.gateway, b""
    if code.upper().startswith(INVITATION):
        invited = read_invitation(code)
        code, gateway, pin = invited.code, gateway or invited.address, invited.pin
    if not gateway:
        raise FixStart("Say where the gateway is: --gateway HOST.")
    identity = asyncio.run(enrol(code, gateway, asked.name, before, pin))
    identity.save(state / "identity.json")
    print(f"Enrolled as {identity.device} at {identity.gateway}.")
    return 0
