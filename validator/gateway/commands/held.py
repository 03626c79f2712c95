"""`held`: cancellations that wait for a supervisor."""

from __future__ import annotations

import argparse

from validator.gateway.commands.parser import Commands, add_json, config_of, need_data, print_rows
from validator.gateway.local_client import ask


def add(commands: Commands) -> None:
    """Add the command."""
    group = commands.group(
        "held",
        "Look at cancellations that wait for a supervisor, and approve them.",
        ["entrance-gateway held list", "entrance-gateway held approve infomaniak 501"],
    )
    listing = group.add(
        "list",
        "List the performances of which cancellations are held.",
        _list,
        more="A ticketing system that is read from lists may go wrong as a whole. If one sync\n"
        "would cancel more than 20 tickets and more than 1 % of a performance, it waits here.\n"
        "Look at the ticketing system before you approve.",
    )
    add_json(listing)
    approve = group.add(
        "approve",
        "Cancel what is held of a performance.",
        _approve,
        ["entrance-gateway held approve infomaniak 501"],
    )
    approve.add_argument("source", metavar="SOURCE", help="as `held list` shows it")
    approve.add_argument("performance", metavar="PERFORMANCE", help="its number")


def _list(args: argparse.Namespace) -> int:
    config = config_of(args)
    need_data(config)
    rows = ask(config, "GET", "held")["held"]
    columns = ("source", "performance", "name", "count", "since")
    print_rows(rows, columns, args.json, "Nothing is held.")
    return 0


def _approve(args: argparse.Namespace) -> int:
    config = config_of(args)
    need_data(config)
    done = ask(config, "POST", "held", args.source, args.performance, "approve")
    print(
        f"{done['cancelled']} tickets are cancelled. Connected lanes refuse them within a second."
    )
    return 0
