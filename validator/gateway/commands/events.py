"""`events`: what is on, and through which gates."""

from __future__ import annotations

import argparse

from validator.clock import iso
from validator.gateway.commands.parser import Commands, add_json, config_of, open_store, print_rows
from validator.gateway.ledger.catalogue_cache import CatalogueCache


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add(
        "events",
        "List the performances, and the gates that are open for them.",
        _run,
        ["entrance-gateway events", "entrance-gateway events --json"],
    )
    add_json(parser)


def _run(args: argparse.Namespace) -> int:
    store = open_store(config_of(args))
    with store.reading() as session:
        catalogue = CatalogueCache(bytes(32), frozenset).catalogue(session)
    store.close()
    rows = [
        {
            "scope": item.scope,
            "event": item.event,
            "name": item.name,
            "doors": iso(item.doors),
            "start": iso(item.start),
            "end": iso(item.end),
            "gates": sorted(g.id for g in catalogue.gates.values() if item.scope in g.performances),
        }
        for item in sorted(catalogue.performances.values(), key=lambda item: item.start)
    ]
    columns = ("scope", "event", "name", "doors", "start", "end", "gates")
    print_rows(rows, columns, args.json, "Nothing is on sale yet.")
    return 0
