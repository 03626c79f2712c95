"""`demo`: a whole evening in a minute."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from validator.errors import RetryLater
from validator.gateway.commands.parser import Commands
from validator.gateway.config import load
from validator.gateway.demo.evening import demo_config, run
from validator.gateway.demo.story import Tally


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add(
        "demo",
        "Play a sample evening: box office, gateway and one lane that reads ticket pictures.",
        _run,
        [
            "entrance-gateway demo",
            "entrance-gateway demo --once --json --data ./rehearsal",
        ],
        "Its data folder is its own: the next demo there begins with a new evening. It then stays\n"
        "up with the dashboard on http://127.0.0.1:8080/ while the lane goes on scanning.",
    )
    parser.add_argument("--once", action="store_true", help="end after the story")
    parser.add_argument(
        "--json", action="store_true", help="the lane's JSON lines, and a summary as the last one"
    )


def _run(args: argparse.Namespace) -> int:
    config = demo_config(load(args.config, args.data), args.data)

    def tell(text: str) -> None:
        to_people = args.json and not text.startswith("{")
        print(text, file=sys.stderr if to_people else sys.stdout, flush=True)

    tally = Tally()
    try:
        asyncio.run(run(config, tally, args.once, args.json, tell))
    except RetryLater as error:
        tally.miss(str(error))
    for missed in tally.missed:
        print(f"entrance-gateway: {missed}", file=sys.stderr)
    if args.json:
        print(json.dumps(tally.as_json()), flush=True)
    return 0 if tally.ok else 1
