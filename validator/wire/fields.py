"""Fields of a JSON object from outside, read one by one with their bounds."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from validator.clock import Instant, parse_rfc3339, time_zones
from validator.errors import FixRequest, ValidatorError

E = TypeVar("E", bound=StrEnum)


class Fields:
    """A JSON object whose fields are checked as they are read; unknown ones are ignored.

    Args:
        plain: What the JSON parser returned.
        refuse: Makes the error to raise: `FixRequest` for a caller, `WireError` for a peer.
        name: How the object is called in errors.
    """

    def __init__(
        self, plain: object, refuse: Callable[[str], ValidatorError], name: str = "The body"
    ) -> None:
        self._refuse = refuse
        self._name = name
        if not isinstance(plain, dict):
            raise refuse(f"{name} is no JSON object.")
        self._plain = plain

    def has(self, field: str) -> bool:
        """Tell whether a field is there and not null."""
        return self._plain.get(field) is not None

    def value(self, field: str) -> object:
        """Return what is there, unchecked; None if there is nothing."""
        return self._plain.get(field)

    def text(self, field: str, longest: int = 200) -> str:
        """Read a text of 1 to `longest` characters."""
        value = self._plain.get(field)
        if not isinstance(value, str) or not value.strip() or len(value) > longest:
            raise self._refuse(f"{self._name}: '{field}' must be 1 to {longest} characters.")
        if not value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in value):
            raise self._refuse(f"{self._name}: '{field}' is no Unicode text.")
        return value

    def maybe_text(self, field: str, longest: int = 200) -> str | None:
        """Read a text that may be missing, null or empty: None."""
        return self.text(field, longest) if self._plain.get(field) not in (None, "") else None

    def integer(self, field: str, low: int, high: int) -> int:
        """Read a whole number from `low` to `high`, both included."""
        value = self._plain.get(field)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self._refuse(
                f"{self._name}: '{field}' must be a whole number from {low} to {high}."
            )
        return value

    def maybe_integer(self, field: str, low: int, high: int) -> int | None:
        """Read a whole number that may be missing or null: None."""
        return self.integer(field, low, high) if self.has(field) else None

    def flag(self, field: str) -> bool:
        """Read true or false."""
        value = self._plain.get(field)
        if not isinstance(value, bool):
            raise self._refuse(f"{self._name}: '{field}' must be true or false.")
        return value

    def instant(self, field: str) -> Instant:
        """Read an RFC 3339 time with an offset."""
        text = self.text(field, 40)
        try:
            return parse_rfc3339(text)
        except FixRequest as error:
            raise self._refuse(
                f"{self._name}: '{field}' is no time of RFC 3339, such as 2026-11-22T19:04:05Z."
            ) from error

    def zone(self, field: str) -> str:
        """Read the name of an IANA time zone."""
        name = self.text(field, 60)
        if name not in time_zones():
            raise self._refuse(
                f"{self._name}: '{field}' must be an IANA time zone such as Europe/Zurich."
            )
        return name

    def choice(self, field: str, kind: type[E]) -> E:
        """Read one of an enum's values."""
        try:
            return kind(self.text(field))
        except ValueError as error:
            values = ", ".join(kind)
            raise self._refuse(f"{self._name}: '{field}' must be one of {values}.") from error

    def texts(self, field: str, longest: int = 200) -> dict[str, str]:
        """Read an object of texts, such as a name by language; at most 50 of them."""
        value = self._plain.get(field)
        if (
            not isinstance(value, dict)
            or len(value) > 50
            or not all(isinstance(text, str) and len(text) <= longest for text in value.values())
        ):
            raise self._refuse(f"{self._name}: '{field}' must be an object of texts.")
        return value

    def part(self, field: str) -> Fields:
        """Read an object within this one."""
        return Fields(self._plain.get(field), self._refuse, f"{self._name}: '{field}'")

    def array(self, field: str, most: int) -> list[object]:
        """Read an array of at most `most` items, unchecked ones."""
        value = self._plain.get(field)
        if not isinstance(value, list) or len(value) > most:
            raise self._refuse(f"{self._name}: '{field}' must be an array of at most {most}.")
        return value

    def items(self, field: str, most: int) -> list[Fields]:
        """Read an array of at most `most` objects."""
        return [
            Fields(item, self._refuse, f"{self._name}: '{field}' {place}")
            for place, item in enumerate(self.array(field, most), 1)
        ]
