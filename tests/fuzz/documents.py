"""Readers of JSON and TOML."""

import contextlib
import json
import tomllib
from pathlib import Path

from validator.clock import LAST, iso, parse_iso
from validator.custom_rules import Unclear, holds
from validator.errors import FixConfig, FixRequest, WireError
from validator.gateway.config import read as read_config
from validator.keys import KeyRing
from validator.model import Direction
from validator.upstreams.boxoffice_rows import read_entry, read_ticket
from validator.wire.fields import Fields

RING = KeyRing({}, b"c" * 32)
KINDS = ("performance", "tariff", "key", "source", "unheard of")


def parsed(data: bytes) -> object:
    """Parse JSON as the HTTP side does; None = it is none."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def fields(data: bytes) -> None:
    """Each way of reading a field gives its kind within its bounds, or refuses."""
    plain = parsed(data)
    for read in (
        lambda given: len(given.text("code", 500).encode()),
        lambda given: given.integer("count", 1, 255),
        lambda given: given.instant("at"),
        lambda given: given.choice("direction", Direction),
        lambda given: given.texts("name"),
        lambda given: given.items("rows", 10),
        lambda given: given.flag("flag"),
    ):
        try:
            read(Fields(plain, FixRequest))
        except FixRequest:
            continue


def instant(data: bytes) -> None:
    """A time that is read is the same when it is written and read again."""
    try:
        found = parse_iso(data.decode("utf-8", "surrogateescape"))
    except FixRequest:
        return
    assert parse_iso(iso(found)) == min(found, LAST)


def box_office(data: bytes) -> None:
    """A line of the box office's feed, as a ticket and as every kind of entry."""
    plain = parsed(data)
    with contextlib.suppress(WireError):
        read_ticket(Fields(plain, WireError), RING)
    for kind in KINDS:
        try:
            read_entry(kind, Fields(plain, WireError))
        except WireError:
            continue


def rule(data: bytes) -> None:
    """A custom rule holds, does not, or is unclear; the same each time."""
    text = data.decode("utf-8", "surrogateescape")
    values = {"now": 1_790_000_000_000, "product": "1", "entries_number": 0, "gate": "a"}
    times = {"date_from": 1_790_000_000_000}
    try:
        assert holds(text, values, times) is holds(text, values, times)
    except Unclear:
        return


def config(data: bytes) -> None:
    """A configuration is read, or the wrong key named."""
    try:
        table = tomllib.loads(data.decode())
    except (ValueError, RecursionError):
        return
    try:
        read_config(table, Path("/"))
    except FixConfig:
        return
