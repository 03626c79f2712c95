"""`authority`: a new one, for which the one before vouches."""

from __future__ import annotations

import argparse

from validator.gateway.commands.parser import Commands, add_yes, config_of, confirmed, need_data
from validator.gateway.local_client import ask


def add(commands: Commands) -> None:
    """Add the command."""
    group = commands.group(
        "authority",
        "Renew the venue's authority, whose certificate devices trust.",
        ["entrance-gateway authority renew"],
    )
    renew = group.add(
        "renew",
        "Make a new authority, for which the one before vouches; devices stay enrolled.",
        _renew,
        more="The new one permits private addresses, names of the local network, this machine's\n"
        "name and the configured address only. Against a stolen key of the authority it does not\n"
        "help: for that, begin with a new data folder and enrol every device again.",
    )
    add_yes(renew)


def _renew(args: argparse.Namespace) -> int:
    config = config_of(args)
    need_data(config)
    print(
        "Devices stay enrolled, and browsers that trust the authority go on. Enrolment codes that"
    )
    print(
        "were not used yet are void. Only a backup from afterwards knows devices that enrol later."
    )
    if not confirmed(args, "renew"):
        return 1
    found = ask(config, "POST", "authority", "renew")["key_hash"]
    print(f"The authority's key is now {found}. Make a backup now.")
    return 0
