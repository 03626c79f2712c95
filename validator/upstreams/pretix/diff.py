"""What is new of a pretix: what was read, less what was told."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import blake2s

from validator.clock import Instant
from validator.model import (
    CodeId,
    Entry,
    Listing,
    Ref,
    Revocation,
    RevocationKind,
    Use,
    entry_key,
)
from validator.ports import Changes
from validator.upstreams.pretix.memory import Memory
from validator.upstreams.pretix.orders import Position

_UNTOLD = Instant(0)
"""The gateway sets `Revocation.since` itself."""


class Diff:
    """Collects the rows of one answer; of rows that come twice the last one counts.

    Args:
        memory: Knows what was told.
        anew: Nothing is known of what was told before: what stands is taken back expressly.
    """

    def __init__(self, memory: Memory, anew: bool) -> None:
        self._memory = memory
        self._anew = anew
        self._entries: dict[str, Entry] = {}
        self._positions: dict[str, Position] = {}
        self._codes: dict[str, tuple[CodeId, RevocationKind | None]] = {}
        self._before: dict[str, str] = {}

    def entries(self, entries: Iterable[Entry]) -> None:
        """Take the catalogue."""
        self._entries = {f"entry:{entry_key(entry)}": entry for entry in entries}

    def positions(self, positions: Iterable[Position]) -> None:
        """Take positions of an order."""
        self._positions.update({position.ticket.id: position for position in positions})

    def revoked(self, id: int, code: CodeId) -> None:
        """Take a code that was replaced by another one, or by none."""
        self._codes[f"revoked:{id}"] = (code, RevocationKind.EXCHANGED)

    def blocked(self, id: int, code: CodeId, blocked: bool) -> None:
        """Take a code that is blocked, or is not any more."""
        self._codes[f"blocked:{id}"] = (code, RevocationKind.BLOCKED if blocked else None)

    def told(self) -> dict[str, str]:
        """Leave out what was told already; return what is to be remembered of the rest."""
        now = {key: _digest(entry) for key, entry in self._entries.items()}
        now |= {key: _said(position) for key, position in self._positions.items()}
        now |= {key: kind or "" for key, (_, kind) in self._codes.items()}
        self._before = self._memory.all_said(tuple(now))
        return {key: said for key, said in now.items() if self._before.get(key) != said}

    def changes(self) -> Changes:
        """Return what is new, without cursor."""
        told = self.told()
        listings: list[Listing] = []
        revocations: list[Revocation] = []
        lifted: list[Ref] = []
        uses: list[Use] = []
        for key, position in self._positions.items():
            if key not in told:
                continue
            if position.listing is not None:
                listings.append(position.listing)
            if position.gone:
                target = position.ticket.id
                revocations.append(Revocation(target, RevocationKind.CANCELLED, _UNTOLD))
            elif self._anew or _was_gone(self._before.get(key)):
                lifted.append(position.ticket.id)
            uses += position.uses
        for key, (code, kind) in self._codes.items():
            if key not in told:
                continue
            if kind is not None:
                revocations.append(Revocation(code, kind, _UNTOLD))
            elif self._anew or self._before.get(key):
                lifted.append(code)
        return Changes(
            cursor="",
            as_of=None,
            entries=tuple(entry for key, entry in self._entries.items() if key in told),
            listings=tuple(listings),
            revocations=tuple(revocations),
            lifted=tuple(lifted),
            uses=tuple(uses),
        )


def _said(position: Position) -> str:
    return json.dumps(
        {
            "digest": _digest((position.listing, position.gone, position.uses)),
            "gone": position.gone,
            "event": position.event,
            "subevent": position.subevent,
        }
    )


def _was_gone(said: str | None) -> bool:
    return said is not None and json.loads(said)["gone"] is True


def _digest(value: object) -> str:
    return blake2s(repr(value).encode(), digest_size=16).hexdigest()
