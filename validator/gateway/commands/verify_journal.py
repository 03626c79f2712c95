"""`verify-journal`: is every journal as it was written?"""

from __future__ import annotations

import argparse
import os

from validator.gateway.commands.parser import Commands, add_json, config_of, open_store, print_rows
from validator.gateway.host.data_folder import open_secrets
from validator.gateway.ledger.verification import verify_journals

BROKEN = 3
"""Exit code when a journal is not as it was written."""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add(
        "verify-journal",
        "Recompute every journal and name the first row that is not as it was written.",
        _run,
        ["entrance-gateway verify-journal", "entrance-gateway verify-journal --json"],
        "Looks at the gateway's own journal and at what each device delivered, against the heads\n"
        "that gateway and devices have signed. Finds rows that were altered, taken out, moved or\n"
        "cut off, and a store that was exchanged for an older copy once a lane that knows better\n"
        "has connected. Works beside a running gateway. Exit code 0: all is as it was written;\n"
        "3: something is not; 1: it could not be looked at.",
    )
    add_json(parser)


def _run(args: argparse.Namespace) -> int:
    config = config_of(args)
    store = open_store(config)
    feed_keys = open_secrets(config.data, os.urandom).feed.ring.all
    with store.reading() as session:
        findings = list(verify_journals(session, *feed_keys))
    store.close()
    rows = [
        {
            "journal": found.journal,
            "intact": found.broken is None,
            "rows": found.rows,
            "signed": found.signed,
            "first_broken": found.broken,
            "what": found.what,
        }
        for found in findings
    ]
    columns = ("journal", "intact", "rows", "signed", "first_broken", "what")
    print_rows(rows, columns, args.json, "There is no journal yet.")
    return BROKEN if any(found.broken is not None for found in findings) else 0
