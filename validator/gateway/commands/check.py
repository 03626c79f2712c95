"""`check`: what would a gate say to these codes? Admits nobody."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from validator.clock import Clock, parse_iso
from validator.errors import FixRequest
from validator.gateway.commands.parser import Commands, add_json, config_of, open_store
from validator.gateway.host.data_folder import Secrets, open_secrets
from validator.gateway.ledger.catalogue_cache import CatalogueCache
from validator.gateway.ledger.claims import preview
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.store.port import Session, Store
from validator.machine_clock import machine_clock
from validator.model import DeviceId, Scan, Verdict, uuid7
from validator.wire.json import verdict_json

_LONGEST_LINE = 16_384


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add(
        "check",
        "Say what a gate would answer to codes; admits nobody.",
        _run,
        [
            "entrance-gateway check --gate main < codes.txt",
            "entrance-gateway check --gate main --at 2026-11-22T19:30+01:00 --json < codes.txt",
        ],
        "Reads one code a line from standard input and prints one line for each, in order;\n"
        "a blank line is a malformed code. Works beside a running gateway and without one.\n"
        "Without one nobody polls the box office, so for times later than its last answer good\n"
        "tickets are to be checked (stale_data), as at a gate. Exit code 0 whatever the\n"
        "decisions, 2 for an unknown gate or a wrong --at.",
    )
    parser.add_argument("--gate", required=True, metavar="G", help="id of the gate")
    parser.add_argument("--at", metavar="ISO", help="judge as of this time; default now")
    add_json(parser)


def _run(args: argparse.Namespace) -> int:
    config, clock = config_of(args), machine_clock()
    store = open_store(config)
    try:
        ask = _asker(store, open_secrets(config.data, os.urandom), clock, args.gate, args.at)
    except FixRequest as error:
        print(f"entrance-gateway: {error}", file=sys.stderr)
        return 2
    show = _json if args.json else _text
    for code in lines(sys.stdin.buffer):
        print(show(ask(code)), flush=True)
    store.close()
    return 0


def _asker(
    store: Store, secrets: Secrets, clock: Clock, gate: str, at: str | None
) -> Callable[[str], Verdict]:
    with store.reading() as session:
        devices = frozenset(DeviceId(record.id) for record in session.devices.all())
    cache = CatalogueCache(secrets.code_key, lambda: devices)
    asked = parse_iso(at) if at else None

    def work(session: Session) -> UnitOfWork:
        return UnitOfWork(session, cache, secrets.feed, clock.now() if asked is None else asked)

    with store.reading() as session:
        work(session).gate(gate)

    def ask(code: str) -> Verdict:
        with store.reading() as session:
            now = work(session)
            return preview(now, Scan(uuid7(now.now, bytes(10)), code, now.now), gate)

    return ask


def lines(stream: BinaryIO) -> Iterator[str]:
    """Yield a stream's lines without their ends; a line beyond all bounds is cut."""
    while line := stream.readline(_LONGEST_LINE):
        rest = line
        while not rest.endswith(b"\n") and (rest := stream.readline(_LONGEST_LINE)):
            continue
        yield line.rstrip(b"\r\n").decode("utf-8", "replace")


def _json(verdict: Verdict) -> str:
    return json.dumps(verdict_json(None, verdict))


def _text(verdict: Verdict) -> str:
    plain: dict[str, Any] = verdict_json(None, verdict)
    use = plain["first_use"]
    parts = [
        plain["decision"].upper().ljust(6),
        plain["reason"].ljust(14),
        (plain["ticket"] or "-").ljust(14),
        plain["next"],
        f"used {use['at']} at {use['gate']}" if use else "",
    ]
    return "  ".join(parts).rstrip()
