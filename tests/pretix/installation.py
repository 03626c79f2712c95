"""A real pretix in an environment and a process of its own, filled, and gone with the tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from journeys.venue.ports import free_port

_PARTS = Path(__file__).parent
HOME = _PARTS.parents[1] / "build" / "pretix"
PYTHON = HOME / "venv" / "bin" / "python"

_CONFIG = """
[pretix]
instance_name=gate
url={url}
datadir={home}/data
allow_http_to_private_networks=on
[database]
backend=postgresql
name={database}
user=postgres
host={home}/pg
[django]
secret=not-a-secret-not-a-secret-not-a-secret-not-a-secret
debug=off
[locale]
default=en
timezone=UTC
"""
_START_S = 120.0


@dataclass(frozen=True, slots=True)
class Installation:
    """A running pretix.

    Args:
        url: Where it is.
        setup: One-time code of the gateway's device.
        team: API token that may do everything.
        ready_s: Seconds that it took from nothing, or from a migrated database.
    """

    url: str
    setup: str
    team: str
    ready_s: float


@contextmanager
def installation() -> Iterator[Installation]:
    """Start a pretix with a fresh database, and stop it."""
    began = time.monotonic()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    migrating = _environment("migrating", url)
    migrate = [str(PYTHON), "-m", "pretix", "migrate", "--noinput"]
    with subprocess.Popen(
        [PYTHON, _PARTS / "database.py", HOME / "pg", *migrate],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=migrating,
        text=True,
    ) as database:
        assert database.stdin is not None and database.stdout is not None
        try:
            if database.stdout.readline() != "ready\n":
                raise RuntimeError("The database of pretix did not start.")
            fresh = _environment("fresh", url)
            seeded = subprocess.run(
                [PYTHON, _PARTS / "seed.py"], env=fresh, check=True, capture_output=True, text=True
            )
            made = json.loads(seeded.stdout.splitlines()[-1])
            with subprocess.Popen(
                [PYTHON, "-m", "gunicorn", "pretix.wsgi", "-w", "2", "-b", f"127.0.0.1:{port}"],
                env=fresh,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            ) as server:
                try:
                    _await(f"{url}/api/v1/organizers/")
                    ready_s = time.monotonic() - began
                    yield Installation(url, made["setup"], made["team"], ready_s)
                finally:
                    server.terminate()
        finally:
            database.stdin.close()


def _environment(database: str, url: str) -> dict[str, str]:
    config = HOME / f"{database}.cfg"
    (HOME / "data").mkdir(parents=True, exist_ok=True)
    config.write_text(_CONFIG.format(url=url, home=HOME, database=database))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "PRETIX_CONFIG_FILE": str(config)}


def _await(url: str) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(url, timeout=10).close()
            return
        except urllib.error.HTTPError as refused:
            # It asks who we are: it is there.
            if refused.code == 401:
                return
            time.sleep(0.5)
        except OSError:
            time.sleep(0.5)
    sys.exit("pretix did not start.")
