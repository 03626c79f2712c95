"""`cancel`: take a ticket back, in the box office."""

from __future__ import annotations

import argparse

from validator.boxoffice import Refund
from validator.gateway.commands.parser import Commands, config_of, need_data
from validator.gateway.local_client import ask_boxoffice


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add(
        "cancel",
        "Cancel a ticket in the box office; connected lanes refuse it within a second.",
        _run,
        [
            "entrance-gateway cancel 1043-2-K7QM",
            'entrance-gateway cancel 1043-2-K7QM --refund card --reason "Guest is unwell"',
        ],
    )
    parser.add_argument("number", metavar="NUMBER", help="as printed on the ticket")
    parser.add_argument(
        "--refund",
        default=Refund.NONE.value,
        choices=[refund.value for refund in Refund if refund is not Refund.EXCHANGE],
        help="how the organiser refunds it, for the accounts (default: %(default)s)",
    )
    parser.add_argument("--reason", default="Cancelled by command", help="for its history")


def _run(args: argparse.Namespace) -> int:
    config = config_of(args)
    need_data(config)
    number = args.number.upper()
    body = {"refund": args.refund, "reason": args.reason}
    ask_boxoffice(config, "POST", "tickets", number, "cancel", body=body)
    print(f"{number} is cancelled. Connected lanes refuse it within a second, others when they")
    print("connect; until then a lane that is alone may still admit it.")
    return 0
