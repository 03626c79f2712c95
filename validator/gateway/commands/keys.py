"""`keys`: the keys that this gateway works with, new ones, and stolen ones."""

from __future__ import annotations

import argparse
import os
from typing import Any

from validator.enrolment import authority_key_hash
from validator.gateway.commands.parser import (
    Commands,
    add_json,
    add_yes,
    config_of,
    confirmed,
    need_data,
    open_store,
    print_rows,
)
from validator.gateway.config import Config
from validator.gateway.host.data_folder import AUTHORITY, open_secrets
from validator.gateway.ledger.catalogue_cache import CatalogueCache
from validator.gateway.local_client import ask
from validator.model import KeyState

STREAMS = "streams"
"""What the key is called that seals them."""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add(
        "keys",
        "List the public keys, have a new one sign, mark one as stolen.",
        _run,
        [
            "entrance-gateway keys",
            "entrance-gateway keys --json",
            "entrance-gateway keys --wake pretix",
            "entrance-gateway keys rotate",
            "entrance-gateway keys compromised 1",
            "entrance-gateway keys compromised streams",
        ],
        "Without a command: the keys of ticket issuers, of the streams, of the authority. Of the\n"
        "authority the SHA-256 of its key is shown; its start stands in enrolment codes.",
    )
    parser.add_argument(
        "--wake", metavar="SOURCE", help="show instead the secret by which a source wakes us"
    )
    add_json(parser)
    group = Commands(parser.add_subparsers(metavar="COMMAND"), above=True)
    rotate = group.add(
        "rotate",
        "Have a new key sign tickets, or seal the streams; what is sold stays good.",
        _rotate,
        ["entrance-gateway keys rotate", "entrance-gateway keys rotate streams"],
        "The key before is retired: it signs no more, and what it has signed is good as before.",
    )
    rotate.add_argument(
        "what",
        metavar="WHAT",
        nargs="?",
        choices=["tickets", STREAMS],
        default="tickets",
        help="tickets (the default) or streams",
    )
    add_yes(rotate)
    stolen = group.add(
        "compromised",
        "Mark a key as stolen, for ever: of a ticket issuer's only listed tickets pass.",
        _compromised,
        ["entrance-gateway keys compromised 1", "entrance-gateway keys compromised streams"],
        "Whoever has a stolen key can print tickets. The box office knows what it has sold, and\n"
        "lanes have it listed: those tickets stay good, every other one of that key is refused.\n"
        "If it is the key that signs now, a new one signs from now on. There is no way back.\n"
        "Of the streams' key a new one seals, and lanes take nothing more that others sealed.",
    )
    stolen.add_argument("key", metavar="KEY", help="its id, see `keys`, or streams")
    add_yes(stolen)


def _rotate(args: argparse.Namespace) -> int:
    config = config_of(args)
    need_data(config)
    if args.what == STREAMS:
        return _change_streams(args, config, "rotate")
    print("A new key will sign tickets. What was sold stays good and is let in as before.")
    if not confirmed(args, "rotate"):
        return 1
    kid = ask(config, "POST", "keys", "rotate")["id"]
    print(f"Key {kid} signs tickets from now on. Connected lanes know it within a second, others")
    print("when they connect: until then these refuse what it has signed. Make a backup now.")
    return 0


def _compromised(args: argparse.Namespace) -> int:
    config = config_of(args)
    need_data(config)
    if args.key == STREAMS:
        return _change_streams(args, config, "compromised")
    key = ask(config, "GET", "keys", args.key)
    if key["state"] == "compromised":
        print(f"Key {args.key} is marked as stolen already: only listed tickets of it pass.")
        return 0
    print(f"Key {args.key} has signed {key['listed'] + key['unlisted']} valid tickets.")
    print(f"  listed     {key['listed']}: stay good, and are let in as before")
    print(f"  unlisted   {key['unlisted']}: are refused until the gateway has listed them")
    print(
        "Whatever else was signed with it is refused: forgeries, and tickets that this box office"
    )
    print("does not know (sold after a backup that it was restored from). There is no way back.")
    if key["state"] == "active":
        print("It is the key that signs now: a new one signs from now on.")
    if not confirmed(args, args.key):
        return 1
    ask(config, "POST", "keys", args.key, "compromised")
    print(f"Key {args.key} is marked as stolen. Connected lanes know it within a second, others")
    print("when they connect: until then these let forgeries in. Make a backup now.")
    return 0


def _change_streams(args: argparse.Namespace, config: Config, how: str) -> int:
    print(
        "A new key will seal the streams: what lanes know of tickets and cancellations. No ticket"
    )
    print("hangs on it, and devices stay enrolled: each is told as soon as it connects.")
    if how == "compromised":
        print("They take nothing more that a key before has sealed. There is no way back: after a")
        print("restore from an earlier backup every device would have to be enrolled again.")
    if not confirmed(args, STREAMS):
        return 1
    key = ask(config, "POST", "keys", STREAMS, how)["key"]
    print(f"The streams are sealed by {key} from now on. Make a backup now.")
    return 0


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
    ring = secrets.feed.ring
    for key in ring.all:
        state = KeyState.RETIRED if key in ring.accepted else KeyState.COMPROMISED
        state = KeyState.ACTIVE if key == secrets.feed.public else state
        rows.append({"kind": STREAMS, "state": state.value, "key": key.hex()})
    authority = config.data / AUTHORITY / "ca.pem"
    if authority.exists():
        found = authority_key_hash(authority.read_bytes()).hex()
        rows.append({"kind": "authority", "state": "active", "key": found})
    print_rows(rows, ("kind", "id", "state", "source", "scopes", "key"), args.json, "")
    return 0
