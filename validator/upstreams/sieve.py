"""Reading rows of an upstream one by one, so that one that can't be read keeps no other out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from validator.errors import WireError
from validator.ports import SetAside

T = TypeVar("T")

MOST_ASIDE = 1_000
"""If more rows can't be read, it is not the rows: the upstream speaks otherwise than it did."""


class Sieve:
    """Sorts rows into those that can be read and those that are set aside.

    Args:
        name: Of the system, for people.

    Attributes:
        read: Ids of rows that could be read.
        aside: What is wrong with the others, by id.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.read: set[str] = set()
        self.aside: dict[str, str] = {}

    def take(self, id: str, reader: Callable[[], T]) -> T | None:
        """Read a row; None = it is set aside. Of rows that come twice the last one counts.

        Args:
            id: How people find it.
            reader: Reads it, or raises `WireError`.

        Raises:
            WireError: Too many rows can't be read.
        """
        try:
            found = reader()
        except WireError as error:
            self.put(id, str(error))
            return None
        self.read.add(id)
        self.aside.pop(id, None)
        return found

    def put(self, id: str, why: str) -> None:
        """Set a row aside.

        Raises:
            WireError: There are too many.
        """
        self.read.discard(id)
        self.aside[id] = why
        if len(self.aside) > MOST_ASIDE:
            raise WireError(
                f"More than {MOST_ASIDE} rows of {self._name} can't be read; nothing was changed. "
                f"The last one: {why}"
            )


def set_aside(rows: Mapping[str, str]) -> tuple[SetAside, ...]:
    """Return rows that are set aside as the port tells them, in order.

    Args:
        rows: What is wrong with each, by id.
    """
    return tuple(SetAside(id, why) for id, why in sorted(rows.items()))
