"""Commands of the gateway, as a supervisor types them at its machine."""

from __future__ import annotations

import asyncio
import sys

from journeys.venue.venue import Venue
from journeys.venue.waiting import ENVIRONMENT, LONGEST_WAIT_S, ROOT


async def gateway(venue: Venue, *words: str, typed: str = "") -> tuple[int, str]:
    """Run a command beside the gateway, or without it; return its exit code and what it said.

    Args:
        venue: Whose data folder it works on.
        words: The command.
        typed: What is typed while it runs.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "validator.gateway.main", *words, "--config", str(venue.config)),
        cwd=ROOT,
        env=ENVIRONMENT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(typed.encode()), LONGEST_WAIT_S)
    assert process.returncode is not None
    return process.returncode, said.decode()
