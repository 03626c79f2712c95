"""The events of a pretix as entries of the catalogue, and our numbers for theirs.

A ticket is for a *show* (an event or one date of a series), which is a pass here: it opens the
check-in lists of that show, each of them a performance with uses of its own. Every check-in list
is also a gate, so that a lane can be put there at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from validator.keys import KeyRing
from validator.model import (
    CheckList,
    Entry,
    Gate,
    Pass,
    Performance,
    Source,
    SourceKey,
    Tariff,
    entry_key,
)
from validator.upstreams.pretix.events import CheckInList, Day, Event, name_of
from validator.upstreams.pretix.memory import Memory

_SCOPES = range(0x4000_0000, 0x8000_0000)
_TARIFFS = range(4_096, 20_000)
"""Other sources number theirs too: these are out of their way."""

_LONGEST_TEXT = 200


class PretixCatalogue:
    """What is on, as last read.

    Args:
        source: Id of the source.
        memory: Keeps our numbers.
        code_key: Hides plain codes, 32 bytes.

    Attributes:
        events: By short form.
    """

    def __init__(self, source: str, memory: Memory, code_key: bytes) -> None:
        self.events: Mapping[str, Event] = {}
        self._source = source
        self._memory = memory
        self._code_key = code_key

    def take(self, events: Iterable[Event]) -> None:
        """Learn what is on; everything in it gets its number."""
        self.events = {event.slug: event for event in events}
        for _ in self.entries():
            pass

    @property
    def ring(self) -> KeyRing:
        """What codes are read with: as lanes do, so that both arrive at the same text."""
        keys = (entry for entry in self.entries() if isinstance(entry, SourceKey))
        return KeyRing({}, self._code_key, tuple(keys))

    def entries(self) -> Iterator[Entry]:
        """Return what the catalogue is to hold of this pretix."""
        yield Source(self._source, "pretix")
        for event in self.events.values():
            yield from self._of(event)

    def show(self, event: str, subevent: int) -> int:
        """Return the scope of the tickets of a date."""
        return self._memory.number("scope", f"{event}/{subevent}", _SCOPES)

    def door(self, event: str, subevent: int, list_: int) -> int:
        """Return the scope of a check-in list at a date."""
        return self._memory.number("scope", f"{event}/{subevent}/{list_}", _SCOPES)

    def door_of(self, scope: int) -> tuple[str, int] | None:
        """Return event and number of the check-in list of a scope; None = it is none."""
        parts = (self._memory.theirs("scope", scope) or "").split("/")
        return (parts[0], int(parts[2])) if len(parts) == 3 else None

    def any_door(self, event: str, subevent: int) -> tuple[str, int] | None:
        """Return some check-in list of a date, the oldest; None = it has none."""
        start = f"{event}/{subevent}/"
        doors = [each for each in self._memory.all_theirs("scope") if each.startswith(start)]
        return min(((event, int(door.rpartition("/")[2])) for door in doors), default=None)

    def door_at(self, gate: str) -> tuple[str, int] | None:
        """Return event and number of a gate's check-in list; None = it is not one of ours."""
        source, _, digits = gate.rpartition("-")
        for door in self._memory.all_theirs("scope"):
            event, _, number = door.rpartition("/")
            if source == self._source and number == digits and "/" in event:
                return event.partition("/")[0], int(number)
        return None

    def gate(self, list_: int) -> str:
        """Return the id of a check-in list's gate."""
        return f"{self._source}-{list_}"

    def tariff(self, item: int, variation: int) -> int:
        """Return our number of a product."""
        return self._memory.number("tariff", f"{item}/{variation}", _TARIFFS)

    def _of(self, event: Event) -> Iterator[Entry]:
        for place, key in enumerate(event.keys):
            yield SourceKey(f"{self._source}/{event.slug}/{place}", key, self._source)
        for (item, variation), product in event.products.items():
            told = product.text[:_LONGEST_TEXT] or (name_of(product.name) * product.attention)
            yield Tariff(
                id=self.tariff(item, variation),
                name={language: text[:80] for language, text in product.name.items()},
                attention=dict.fromkeys(product.name, told) if told else {},
                product=item,
                variation=variation,
            )
        for day in event.days.values():
            doors = [each for each in event.lists.values() if each.subevent in (None, day.subevent)]
            for list_ in doors:
                yield self._door(event, day, list_)
            yield Pass(
                scope=self.show(event.slug, day.subevent),
                name=day.name,
                performances=tuple(self.door(event.slug, day.subevent, each.id) for each in doors),
            )
        for list_ in event.lists.values():
            yield Gate(
                id=self.gate(list_.id),
                name=list_.name,
                performances=tuple(
                    self.door(event.slug, day, list_.id)
                    for day in event.days
                    if list_.subevent in (None, day)
                ),
            )

    def _door(self, event: Event, day: Day, list_: CheckInList) -> Performance:
        fitting = (key for key in event.products if list_.items is None or key[0] in list_.items)
        return Performance(
            scope=self.door(event.slug, day.subevent, list_.id),
            event=f"{self._source}/{event.slug}",
            name=f"{day.name}: {list_.name}",
            doors=day.admission,
            start=day.start,
            end=day.end,
            zone=event.timezone,
            check_list=CheckList(
                tariffs=None if list_.items is None else tuple(self.tariff(*k) for k in fitting),
                reentry=list_.reentry,
                rule=list_.rule,
                pending=list_.pending,
                addons=list_.addons,
            ),
        )


def keys_of(entries: Iterator[Entry]) -> dict[str, Entry]:
    """Return entries by their keys in the catalogue."""
    return {entry_key(entry): entry for entry in entries}
