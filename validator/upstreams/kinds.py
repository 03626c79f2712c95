"""The kinds of ticketing systems that a configuration can name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from validator.clock import Clock
from validator.keys import KeyRing
from validator.ports import Upstream
from validator.upstreams import infomaniak, pretix
from validator.upstreams.settings import Table, tables

FOLDER = "upstreams"
"""Folder of what upstreams remember, in the data folder; it goes with backups."""


class Connection(Upstream, Protocol):
    """An upstream that holds connections, and tells what only people can put right."""

    @property
    def alarms(self) -> tuple[str, ...]:
        """Return what its last pass found that somebody has to look at, as sentences."""
        ...

    async def close(self) -> None:
        """Close them."""
        ...


@dataclass(frozen=True, slots=True)
class UpstreamContext:
    """What the gateway gives an upstream to work with.

    Args:
        source: Id of the source, unlike any other's.
        memory: SQLite file that the upstream may keep; its folder exists.
        ring: Hides plain codes.
        clock: The time to go by.
        entropy: Random bytes.
    """

    source: str
    memory: Path
    ring: KeyRing
    clock: Clock
    entropy: Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class UpstreamKind:
    """A kind of ticketing system.

    Args:
        settings: Dataclass of its own keys; fields that are not shown are secrets.
        make: Makes an upstream from its surroundings and settings.
    """

    settings: type[Any]
    make: Callable[[UpstreamContext, Any], Connection]


def _infomaniak(context: UpstreamContext, settings: infomaniak.Settings) -> Connection:
    return infomaniak.InfomaniakUpstream(
        context.source, settings, context.memory, context.ring, context.clock, context.entropy
    )


def _pretix(context: UpstreamContext, settings: pretix.Settings) -> Connection:
    return pretix.PretixUpstream(
        context.source, settings, context.memory, context.ring, context.clock, context.entropy
    )


KINDS: Mapping[str, UpstreamKind] = {
    "infomaniak": UpstreamKind(infomaniak.Settings, _infomaniak),
    "pretix": UpstreamKind(pretix.Settings, _pretix),
}


@dataclass(frozen=True, slots=True)
class ConfiguredUpstream:
    """One upstream of the configuration.

    Args:
        kind: What it is.
        table: Its keys.
    """

    kind: UpstreamKind
    table: Table

    @property
    def source(self) -> str:
        """Id of the source: 1 to 32 of a-z, 0-9, - and _."""
        return self.table.source

    def open(self, context: UpstreamContext) -> Connection:
        """Open it.

        Raises:
            FixConfig: A secret can't be read.
        """
        return self.kind.make(context, self.table.settings(self.kind.settings))


RESERVED = ("boxoffice", "api", "cli")
"""Ids that mean something else."""


def read(value: Any, folder: Path, credentials: Path | None) -> tuple[ConfiguredUpstream, ...]:
    """Read the `[[upstreams]]` tables of a configuration.

    Args:
        value: As `tomllib` gives them.
        folder: Where relative paths count from.
        credentials: Folder of the service's credentials; None = it has none.

    Raises:
        FixConfig: A key is unknown, missing or has a wrong value.
    """
    named = [
        ConfiguredUpstream(KINDS[table.kind], table)
        for table in tables(value, "upstreams", folder, credentials, KINDS, RESERVED)
    ]
    for each in named:
        each.table.check(each.kind.settings)
    return tuple(named)
