"""`users`: who may sign in."""

from __future__ import annotations

import argparse

from validator.gateway.commands.parser import Commands, add_json, config_of, need_data, print_rows
from validator.gateway.local_client import ask
from validator.roles import USERS, Role


def add(commands: Commands) -> None:
    """Add the command."""
    group = commands.group(
        "users",
        "Let people and programs sign in, or shut them out.",
        [
            "entrance-gateway users add Ada --role supervisor",
            'entrance-gateway users add "Counter 1" --role cashier',
            "entrance-gateway users add Nour --role organiser",
            "entrance-gateway users list",
            "entrance-gateway users remove Ada",
        ],
    )
    adding = group.add(
        "add",
        "Let somebody sign in, and print the token, once.",
        _add,
        ["entrance-gateway users add Ada --role supervisor"],
        "Only a hash of the token is kept: whoever loses it is removed and added again.",
    )
    adding.add_argument("name", metavar="NAME", help="unique")
    adding.add_argument(
        "--role",
        required=True,
        choices=[role.value for role in sorted(USERS)],
        help="a cashier sells and cancels at the counter's page, with the token as password; an"
        " organiser also decides there on program, prices and settings; a steward looks into"
        " tickets; a supervisor also manages devices and users, and works at the counter",
    )
    listing = group.add("list", "List who may sign in.", _list)
    add_json(listing)
    removing = group.add("remove", "Shut somebody out.", _remove)
    removing.add_argument("name", metavar="NAME", help="as in `users list`")


def _add(args: argparse.Namespace) -> int:
    config = config_of(args)
    need_data(config)
    body = {"name": args.name, "role": Role(args.role).value}
    print(ask(config, "POST", "users", body=body)["token"])
    return 0


def _list(args: argparse.Namespace) -> int:
    config = config_of(args)
    need_data(config)
    rows = ask(config, "GET", "users")["users"]
    print_rows(rows, ("name", "role"), args.json, "Nobody may sign in yet.")
    return 0


def _remove(args: argparse.Namespace) -> int:
    config = config_of(args)
    need_data(config)
    ask(config, "DELETE", "users", args.name)
    print(f"{args.name} may not sign in any more.")
    return 0
