"""`doctor`: is the gateway well, and what is to be done?"""

from __future__ import annotations

import argparse
import json

from validator.gateway.commands.parser import Commands, add_json, config_of
from validator.gateway.doctor.examination import examine
from validator.gateway.doctor.finding import Level
from validator.machine_clock import machine_clock


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add(
        "doctor",
        "Look for what would keep the gateway from its work, and say what to do.",
        _run,
        ["entrance-gateway doctor", "entrance-gateway doctor --json"],
        "Works beside a running gateway and without one. Exit code 0: all is well, or can wait;\n"
        "1: something must be done.",
    )
    add_json(parser)


def _run(args: argparse.Namespace) -> int:
    failed = False
    for found in examine(config_of(args), machine_clock()):
        if args.json:
            row = {"check": found.check, "level": found.level, "text": found.text}
            print(json.dumps(row, ensure_ascii=False), flush=True)
        else:
            print(f"{found.level:<5} {found.check:<10} {found.text}", flush=True)
        failed = failed or found.level is Level.FAIL
    return 1 if failed else 0
