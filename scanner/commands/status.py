"""Show who this device is, what it knows and what it owes."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from offline_cache.errors import CloseOther
from scanner.commands import command, takes_state
from validator.clock import iso

if TYPE_CHECKING:
    from scanner.commands import Commands
    from validator.wire.messages import Position


def add_to(commands: Commands, state: Path) -> None:
    """Enter the command."""
    about = "Show who this device is, what it knows and what it owes."
    takes_state(command(commands, "status", about, _run), state)


def _run(asked: argparse.Namespace) -> int:
    from offline_cache.cache import Cache
    from offline_cache.file.database import Store
    from offline_cache.identity.identity import Identity
    from offline_cache.journal.heads import furthest
    from offline_cache.journal.reader import JournalReader
    from offline_cache.sync.clock_offset import OffsetFile
    from validator.machine_clock import machine_clock

    state: Path = asked.state
    identity = Identity.load(state / "identity.json")
    print(f"Device:   {identity.device}")
    print(f"Gateway:  {identity.gateway}")
    try:
        cache = Cache.open(state / "cache.sqlite", machine_clock(), identity)
    except CloseOther:
        print("Lane:     running; stop it to see here what it knows and owes")
        return 0
    with closing(cache):
        gate = cache.knowledge.place.gate
        print(f"Gate:     {f'{gate.name} ({gate.id})' if gate else 'none assigned yet'}")
        for position in cache.knowledge.positions(cache.knowledge.place.streams):
            print(f"Knows:    {position.stream}, {_place(position)}")
        print(f"Owes:     {cache.backlog()} check-ins to the gateway")
        if rejected := cache.rejected():
            print(f"Rejected: {len(rejected)} check-ins; they are kept, tell the supervisor")
    with closing(Store.open(state / "cache.sqlite")) as store:
        broken, witness = JournalReader(store).broken(), furthest(store)
    whole = "whole" if broken is None else f"BROKEN at row {broken}: tell the supervisor"
    print(f"Journal:  chain {whole}")
    signed = f"row {witness.sequence}, signed {iso(witness.at)}" if witness else "none heard yet"
    print(f"Witness:  the gateway's journal, {signed}")
    kept = OffsetFile(state / "clock.json").read()
    behind = f"{kept.offset_ms / 1000:+.1f} s to the gateway's" if kept else "never compared"
    print(f"Clock:    {behind}")
    return 0


def _place(position: Position) -> str:
    held = position.counter or position.random
    return f"up to change {position.sequence}" if held else "nothing yet"
