"""Show who this device is, what it knows and what it owes."""

from __future__ import annotations

import argparse
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from offline_cache.errors import CloseOther
from scanner.commands import command, takes_state
from validator.clock import Clock

if TYPE_CHECKING:
    from scanner.commands import Commands
    from validator.wire.messages import Position


def add_to(commands: Commands, state: Path) -> None:
    """Enter the command."""
    about = "Show who this device is, what it knows and what it owes."
    takes_state(command(commands, "status", about, _run), state)


def _run(asked: argparse.Namespace) -> int:
    from offline_cache.cache import Cache
    from offline_cache.identity import Identity

    state: Path = asked.state
    identity = Identity.load(state / "identity.json")
    print(f"Device:   {identity.device}")
    print(f"Gateway:  {identity.gateway}")
    clock = Clock(time.time_ns, lambda: time.clock_gettime_ns(time.CLOCK_BOOTTIME))
    try:
        cache = Cache.open(state / "cache.sqlite", clock, identity)
    except CloseOther:
        print("Lane:     running; stop it to see here what it knows and owes")
        return 0
    with closing(cache):
        gate = cache.gate
        print(f"Gate:     {f'{gate.name} ({gate.id})' if gate else 'none assigned yet'}")
        for position in cache.positions(cache.streams):
            print(f"Knows:    {position.stream}, {_place(position)}")
        print(f"Owes:     {cache.backlog()} check-ins to the gateway")
        if rejected := cache.rejected():
            print(f"Rejected: {len(rejected)} check-ins; they are kept, tell the supervisor")
    return 0


def _place(position: Position) -> str:
    held = position.counter or position.random
    return f"up to change {position.sequence}" if held else "nothing yet"
