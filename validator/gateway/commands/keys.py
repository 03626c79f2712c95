"""`keys`: the public keys that this gateway works with."""

from __future__ import annotations

import argparse
import os
from typing import Any

from validator.enrolment import authority_key_hash
from validator.gateway.commands.parser import (
    Commands,
    add_json,
    config_of,
    need_data,
    open_store,
    print_rows,
)
from validator.gateway.host.data_folder import AUTHORITY, open_secrets
from validator.gateway.ledger.catalogue_cache import CatalogueCache


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add(
        "keys",
        "List the public keys: of ticket issuers, of the streams, of the authority.",
        _run,
        [
            "entrance-gateway keys",
            "entrance-gateway keys --json",
            "entrance-gateway keys --wake pretix",
        ],
        "Of the authority the SHA-256 of its key is shown; its start stands in enrolment codes.",
    )
    parser.add_argument(
        "--wake", metavar="SOURCE", help="show instead the secret by which a source wakes us"
    )
    add_json(parser)


def _run(args: argparse.Namespace) -> int:
    config = config_of(args)
    need_data(config)
    secrets = open_secrets(config.data, os.urandom)
    if args.wake:
        print(secrets.wake_key(args.wake))
        return 0
    store = open_store(config)
    with store.reading() as session:
        catalogue = CatalogueCache(secrets.code_key, frozenset).catalogue(session)
    store.close()
    rows: list[dict[str, Any]] = [
        {
            "kind": "issuer",
            "id": key.kid,
            "state": key.state.value,
            "source": key.source,
            "scopes": list(key.scopes),
            "key": key.public.hex(),
        }
        for key in catalogue.keys.values()
    ]
    rows.append({"kind": "streams", "state": "active", "key": secrets.feed.public.hex()})
    authority = config.data / AUTHORITY / "ca.pem"
    if authority.exists():
        found = authority_key_hash(authority.read_bytes()).hex()
        rows.append({"kind": "authority", "state": "active", "key": found})
    print_rows(rows, ("kind", "id", "state", "source", "scopes", "key"), args.json, "")
    return 0
