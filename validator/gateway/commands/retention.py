"""`retention`: names go when their time is over."""

from __future__ import annotations

import argparse

from validator.gateway.commands.parser import Commands, config_of, need_data
from validator.gateway.local_client import ask


def add(commands: Commands) -> None:
    """Add the command."""
    commands.add(
        "retention",
        "Erase the names of staff and customers whose time is over, now.",
        _run,
        ["entrance-gateway retention"],
        "The running gateway does it every hour; `retention_days` of the configuration says how\n"
        "long names are kept. Check-ins stay, and verify-journal still finds them as they were.",
    )


def _run(args: argparse.Namespace) -> int:
    config = config_of(args)
    need_data(config)
    erased = ask(config, "POST", "retention", body={})
    print(f"Erased: {erased['staff']} references to staff, names on {erased['orders']} orders.")
    return 0
