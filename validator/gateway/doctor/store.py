"""What the store knows: journals, sources, who is awaited."""

from __future__ import annotations

import os
from collections.abc import Container, Iterator
from contextlib import closing
from pathlib import Path

from validator.clock import Clock, iso
from validator.gateway.config import Config
from validator.gateway.doctor.finding import Finding, Level, clock_finding
from validator.gateway.host.data_folder import STORE
from validator.gateway.host.feed_keys import KEY, FeedKeys
from validator.gateway.host.timekeeping import Timekeeping, floor_of
from validator.gateway.ledger.verification import verify_journals
from validator.gateway.sources.followed_source import aside_sentence
from validator.gateway.store.port import Session
from validator.gateway.store.sqlite.store import SqliteStore
from validator.upstreams.boxoffice_rows import SOURCE

OLD_SOURCE_S = 120.0


def known(config: Config, clock: Clock, running: bool) -> Iterator[Finding]:
    """Look at what the store says of clock, journals, sources and a restore."""
    with closing(SqliteStore(config.data / STORE)) as store:
        if not running:
            yield clock_finding(Timekeeping(clock, floor_of(store)).why)
        with store.reading() as session:
            yield from _journals(session, config.data)
            followed = {SOURCE, *(each.source for each in config.upstreams)}
            yield from _rows(session, followed)
            yield from _sources(session, clock, running)
            yield from _held(session)
            yield from _attempts(session)
            awaited = session.restoration.awaited()
    if awaited:
        text = (
            f"After the restore still awaited: {', '.join(awaited)}. Bring them online, or give "
            "them up with: entrance-gateway devices write-off NAME. Until then verdicts are "
            "provisional."
        )
        yield Finding("restore", Level.WARN, text)
    else:
        yield Finding("restore", Level.OK, "No device is awaited.")


def _journals(session: Session, data: Path) -> Iterator[Finding]:
    if not (data / KEY).exists():
        yield Finding("journal", Level.FAIL, "feed.key is gone: put it back from the backup.")
        return
    keys = FeedKeys.open(data, os.urandom).ring.all
    for found in verify_journals(session, *keys):
        if found.broken is not None:
            text = f"{found.journal}, row {found.broken}: {found.what}. Tell the supervisor."
            yield Finding("journal", Level.FAIL, text)
        elif found.journal == "gateway":
            text = f"{found.rows} rows, one whole chain, signed up to row {found.signed}."
            yield Finding("journal", Level.OK, text)


def _held(session: Session) -> Iterator[Finding]:
    for row in session.held_cancellations.all():
        text = (
            f"{row.count} cancellations of performance {row.scope} wait for a supervisor: "
            f"{row.source} cancelled too many at once. Look there, then: entrance-gateway held "
            f"approve {row.source} {row.scope}"
        )
        yield Finding("held", Level.WARN, text)


def _attempts(session: Session) -> Iterator[Finding]:
    for device, times in sorted(session.totals.attempts().items()):
        text = (
            f"{device}: {times} times a check-in that is another device's was spoken of, given "
            "back, or its id was used; it had no effect on the other's. Of two devices with one id "
            "both are named: one has copied it. Look at the device, and shut it out if it is not "
            f"yours: entrance-gateway devices revoke {device}"
        )
        yield Finding("attempts", Level.WARN, text)


def _rows(session: Session, followed: Container[str]) -> Iterator[Finding]:
    for source, rows in session.sources.aside().items():
        if source in followed:
            yield Finding("rows", Level.WARN, f"{source}: {aside_sentence(rows)}")


def _sources(session: Session, clock: Clock, running: bool) -> Iterator[Finding]:
    heard, owed = session.sources.as_of(), session.outbox.backlog()
    refused = session.outbox.refused()
    if not heard and not session.sources.aside():
        text = "No ticketing system was heard out yet: no ticket is known."
        yield Finding("sources", Level.WARN, text)
    for source in sorted(heard.keys() | owed.keys() | refused.keys()):
        if source in heard:
            age_s = max(0, clock.now() - heard[source]) / 1000
            old = running and age_s > OLD_SOURCE_S
            todo = (
                ": lanes don't know newer cancellations. Is it on, and reachable?" if old else "."
            )
            text = f"{source} was last heard out at {iso(heard[source])}{todo}"
            yield Finding("sources", Level.WARN if old else Level.OK, text)
        waiting, no = owed.get(source, 0), refused.get(source, 0)
        text = f"{source} is owed {waiting} check-ins and refused {no}"
        todo = ": compare its figures with the dashboard's." if no else "."
        yield Finding("outbox", Level.WARN if no else Level.OK, text + todo)
