"""The evening's plan: performances, passes, tariffs, gates, sources and issuer keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from validator.clock import Instant
from validator.model.policy import CheckList, CountMode, Reentry, StalePolicy


class Direction(StrEnum):
    """Which way people go."""

    ENTRY = "entry"
    EXIT = "exit"


@dataclass(frozen=True, slots=True)
class Performance:
    """One dated show.

    Args:
        scope: Its number, as in tokens.
        event: Event that it belongs to.
        name: For people.
        doors: When guests may come in.
        start: When it begins.
        end: First instant at which nobody is let in any more.
        zone: IANA time zone of the venue.
        cutoff_min: Minutes after local midnight at which the day of limits turns.
        check_list: It is a check-in list of that show; then doors and end are only told.
    """

    scope: int
    event: str
    name: str
    doors: Instant
    start: Instant
    end: Instant
    zone: str = "Europe/Zurich"
    cutoff_min: int = 0
    check_list: CheckList | None = None


@dataclass(frozen=True, slots=True)
class Pass:
    """A subscription.

    Args:
        scope: Its number, as in tokens.
        name: For people.
        performances: Scopes it opens.
        limit: Entries in total, each of its people; None = no limit.
        per_day: Entries a day of the venue, which turns at the performance's cut-off; None = no
            limit.
        per_performance: Entries per performance; None = no limit.
        choice: Performances that its guest may choose of those it opens; None = all.
    """

    scope: int
    name: str
    performances: tuple[int, ...]
    limit: int | None = None
    per_day: int | None = None
    per_performance: int | None = 1
    choice: int | None = None


@dataclass(frozen=True, slots=True)
class Tariff:
    """A price category and what the door sees of it.

    Args:
        id: Number, as in tokens; unique at the venue.
        name: By language code (`en`, `fr`, …).
        icon: Name of the scan visual, empty = none.
        attention: What staff must look at (student card …) by language; empty = nothing.
        rule: JSONLogic that must hold for entry (`validator.custom_rules`); empty = none.
        product: Number of the product in its own system, as rules name it; 0 = `id`.
        variation: Likewise of its variation; 0 = none.
    """

    id: int
    name: Mapping[str, str]
    icon: str = ""
    attention: Mapping[str, str] = field(default_factory=dict)
    rule: str = ""
    product: int = 0
    variation: int = 0


SYMBOLOGIES = frozenset(
    {"qrcode", "aztec", "pdf417", "datamatrix", "code128", "ean13", "itf", "code39"}
)
"""Kinds of codes that tickets have, as decoders name them."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A lane's place and its policies.

    Args:
        id: Short, in commands and URLs.
        name: For people.
        performances: Scopes it is open for.
        direction: Entry or exit.
        zones: Bit set of zones behind it; 0 = all.
        tariffs: Tariffs it is for; empty = all.
        reentry: Whether a used ticket enters again.
        stale: What happens to a good ticket over the bound.
        stale_after_s: Bound of the source's age, in seconds.
        count_mode: When a guest is counted.
        symbologies: Codes that its cameras look for, of `SYMBOLOGIES`; empty = those that the
            tickets have.
    """

    id: str
    name: str
    performances: tuple[int, ...]
    direction: Direction = Direction.ENTRY
    zones: int = 0
    tariffs: tuple[int, ...] = ()
    reentry: Reentry = Reentry.NEVER
    stale: StalePolicy = StalePolicy.CHECK
    stale_after_s: int = 60
    count_mode: CountMode = CountMode.AT_ONCE
    symbologies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """Form of the plain codes that a source sells.

    Args:
        symbology: `ean13`, `code128`, `qrcode` …; empty = any.
        length: Characters; 0 = any.
        prefix: First characters; empty = any.
    """

    symbology: str = ""
    length: int = 0
    prefix: str = ""

    def fits(self, text: str, symbology: str | None) -> bool:
        """Tell whether a code has this form; an unknown symbology fits every one."""
        return (
            (not self.symbology or symbology in (None, self.symbology))
            and self.length in (0, len(text))
            and text.startswith(self.prefix)
        )


@dataclass(frozen=True, slots=True)
class Source:
    """A ticketing system that answers for tickets.

    Args:
        id: As in `Ticket.source` and heartbeats.
        name: For people.
        shapes: Forms of its plain codes.
    """

    id: str
    name: str
    shapes: tuple[Shape, ...] = ()


class KeyState(StrEnum):
    """What an issuer key may still do."""

    ACTIVE = "active"
    RETIRED = "retired"
    COMPROMISED = "compromised"


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """Public half of a key that signs tickets.

    Args:
        kid: u16, in every token.
        public: 32 bytes, raw Ed25519.
        state: Compromised keys pass listed tickets only.
        scopes: Scopes that it may sign for.
        source: Id of the source that answers for its tickets.
    """

    kid: int
    public: bytes
    state: KeyState
    scopes: tuple[int, ...]
    source: str


@dataclass(frozen=True, slots=True)
class SourceKey:
    """Public half of a key with which another ticketing system signs its codes.

    Its tokens do not name their key, so every key of this kind is tried.

    Args:
        id: `SOURCE/EVENT`, or whatever tells the source's keys apart.
        public: 32 bytes, raw Ed25519.
        source: Id of the source that answers for its tickets.
    """

    id: str
    public: bytes
    source: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """A device's place, given by the gateway.

    Args:
        device: Its id.
        gate: Gate id; empty = none.
        revoked: It may still deliver its journal, then wipes itself.
    """

    device: str
    gate: str
    revoked: bool = False


Entry = Performance | Pass | Tariff | Gate | Source | IssuerKey | SourceKey | Assignment


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything of the `catalogue` stream, ready to look up."""

    performances: Mapping[int, Performance] = field(default_factory=dict)
    passes: Mapping[int, Pass] = field(default_factory=dict)
    tariffs: Mapping[int, Tariff] = field(default_factory=dict)
    gates: Mapping[str, Gate] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    keys: Mapping[int, IssuerKey] = field(default_factory=dict)
    assignments: Mapping[str, Assignment] = field(default_factory=dict)
    source_keys: Mapping[str, SourceKey] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: tuple[Entry, ...]) -> Catalogue:
        """Sort entries into their places."""
        return cls(
            {e.scope: e for e in entries if isinstance(e, Performance)},
            {e.scope: e for e in entries if isinstance(e, Pass)},
            {e.id: e for e in entries if isinstance(e, Tariff)},
            {e.id: e for e in entries if isinstance(e, Gate)},
            {e.id: e for e in entries if isinstance(e, Source)},
            {e.kid: e for e in entries if isinstance(e, IssuerKey)},
            {e.device: e for e in entries if isinstance(e, Assignment)},
            {e.id: e for e in entries if isinstance(e, SourceKey)},
        )

    def gate_of(self, device: str) -> Gate | None:
        """Return the gate that a device is assigned to, None = none yet."""
        assignment = self.assignments.get(device)
        return self.gates.get(assignment.gate) if assignment else None


def entry_key(entry: Entry) -> str:
    """Return an entry's key in the `catalogue` stream, such as `gate:a` or `key:7`."""
    match entry:
        case Performance() | Pass():
            return f"{type(entry).__name__.lower()}:{entry.scope}"
        case IssuerKey():
            return f"key:{entry.kid}"
        case Assignment():
            return f"device:{entry.device}"
        case _:
            return f"{type(entry).__name__.lower()}:{entry.id}"
