"""The core of validator is pure: no disk, no network, no clock, no randomness of its own."""

import ast

import pytest

from rules.sources import core_files, imports

ALLOWED = set(
    "__future__ abc array base64 binascii bisect calendar collections contextlib copy dataclasses "
    "datetime decimal enum fractions functools hashlib heapq hmac itertools json keyword math "
    "operator re string struct textwrap types typing unicodedata uuid zlib zoneinfo "
    "cryptography msgpack validator".split()
)
"""Standard library without input and output (zoneinfo reads the zone table, which is data)."""

CLOCK = {"now", "today", "utcnow"}
CHANCE = {
    "generate",
    "generate_key",
    "generate_private_key",
    "generate_parameters",
    "uuid1",
    "uuid4",
    "uuid6",
    "uuid7",
    "uuid8",
}
OUTSIDE = {"__import__", "breakpoint", "eval", "exec", "input", "open", "print"}


def impurities(text: str) -> list[str]:
    """Return what a module of the core must not do, one line each."""
    tree = ast.parse(text)
    found = []
    datetime_names = {"datetime", "date"}
    for line, name in imports(tree):
        top = name.split(".")[0]
        if top not in ALLOWED:
            found.append(f"{line}: imports {name}")
        if name.startswith(("uuid.uuid", "uuid.getnode")):
            found.append(f"{line}: imports {name}")
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom | ast.Import):
            datetime_names |= {
                alias.asname
                for alias in node.names
                if alias.asname and alias.name in {"datetime", "date"}
            }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            receiver = ast.unparse(node.value).split(".")[-1]
            if node.attr in CLOCK and receiver in datetime_names:
                found.append(f"{node.lineno}: reads the clock with {ast.unparse(node)}")
            if node.attr in CHANCE:
                found.append(f"{node.lineno}: draws lots with {ast.unparse(node)}")
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in OUTSIDE:
            found.append(f"{node.lineno}: reaches outside with {ast.unparse(node.func)}")
    return found


def test_the_core_imports_nothing_that_reads_writes_waits_or_draws_lots() -> None:
    files = core_files()
    assert files
    found = {path: impurities(text) for path, text in files}
    assert not {path: lines for path, lines in found.items() if lines}


@pytest.mark.parametrize(
    "text",
    [
        "import os",
        "import os.path",
        "import time",
        "import asyncio",
        "from secrets import token_bytes",
        "from pathlib import Path",
        "def f():\n    import random",
        "import aiohttp",
        "import scanner",
        "from . import clock",
        "from datetime import datetime\ndatetime.now()",
        "import datetime\ndatetime.datetime.now(datetime.UTC)",
        "import datetime as dt\ndt.date.today()",
        "from datetime import datetime as moment\nnow = moment.now",
        "from datetime import datetime\ndatetime.utcnow()",
        "from uuid import uuid4",
        "import uuid\nuuid.uuid1()",
        "Ed25519PrivateKey.generate()",
        "open('tickets.db')",
        "print('hello')",
    ],
)
def test_an_impure_line_is_found(text: str) -> None:
    assert impurities(text)


@pytest.mark.parametrize(
    "text",
    [
        "from collections.abc import Mapping",
        "from cryptography.hazmat.primitives.asymmetric import ed25519",
        "import msgpack",
        "from validator.errors import TokenError",
        "from datetime import UTC, datetime\ndatetime.fromtimestamp(0, UTC)",
        "def f(clock):\n    return clock.now()",
        "from uuid import UUID",
    ],
)
def test_a_pure_line_is_not(text: str) -> None:
    assert not impurities(text)
