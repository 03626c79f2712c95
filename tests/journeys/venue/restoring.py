"""Backup and restore as people do them at a venue, with the commands that they type."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from journeys.venue.commands import gateway
from journeys.venue.lane import LaneProcess
from journeys.venue.venue import Venue
from journeys.venue.waiting import until

PASSPHRASE = "five words are long enough"


async def command(venue: Venue, *words: str) -> str:
    """Run a command of `entrance-gateway` on the venue's data; return what it said."""
    ended, said = await gateway(venue, *words, typed=PASSPHRASE)
    assert ended == 0, said
    return said


async def back_up(venue: Venue, to: Path) -> None:
    """Make a sealed backup while everything goes on."""
    await command(venue, "backup", "--to", str(to), "--passphrase-file", "-")


async def restore(venue: Venue, backup: Path, lost: Path) -> None:
    """Lose the data folder, and have the backup in its place."""
    venue.data.rename(lost)
    await command(venue, "restore", str(backup), "--passphrase-file", "-")


async def returned(venue: Venue) -> None:
    """Wait until nobody is awaited any more."""

    async def nobody() -> bool:
        return not (await venue.counts())["lanes"]["awaited"]

    await until(nobody)


def epochs(lane: LaneProcess) -> set[tuple[int, bytes]]:
    """Return the epochs in which a lane holds the streams that count."""
    question = "SELECT counter, random FROM streams WHERE stage = 'live'"
    return set(asked(lane.state / "cache.sqlite", question))


def asked(database: Path, question: str) -> Sequence[Any]:
    """Ask a database of a process that is running."""
    db = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return db.execute(question).fetchall()
    finally:
        db.close()
