"""`outbox`: check-ins that ticketing systems are still owed."""

from __future__ import annotations

import argparse

from validator.clock import iso
from validator.gateway.commands.parser import (
    Commands,
    add_json,
    config_of,
    open_store,
    print_rows,
)

_MOST = 1000


def add(commands: Commands) -> None:
    """Add the command."""
    group = commands.group(
        "outbox",
        "Look at what ticketing systems are still owed.",
        ["entrance-gateway outbox list", "entrance-gateway outbox list --json"],
    )
    listing = group.add(
        "list",
        "List the check-ins that are still to be delivered, oldest first.",
        _list,
        more=f"At most {_MOST} of each ticketing system. Nothing is ever dropped.",
    )
    add_json(listing)


def _list(args: argparse.Namespace) -> int:
    store = open_store(config_of(args))
    with store.reading() as session:
        owed = {source: session.outbox.owed(source, _MOST) for source in session.outbox.backlog()}
    store.close()
    rows = [
        {
            "source": source,
            "check_in": report.check_in.id,
            "ticket": report.number,
            "at": iso(report.check_in.corrected),
            "kind": report.check_in.kind.value,
            "gate": report.check_in.gate,
            "direction": report.check_in.direction.value,
            "count": report.check_in.count,
        }
        for source, reports in sorted(owed.items())
        for report in reports
    ]
    columns = ("source", "check_in", "ticket", "at", "kind", "gate", "direction", "count")
    print_rows(rows, columns, args.json, "Everything is delivered.")
    return 0
