"""Named tables of the configuration, `[[upstreams]]` and others, read into frozen settings.

A field that is not shown (`repr=False`) is a secret: the table has the path of a file that holds
it, under the field's name with `_file`, or the service has a credential `SOURCE.FIELD`. In the
table itself it is refused, since configurations are copied, mailed and kept.

Source: systemd.exec(5), `LoadCredential=`.
"""

from __future__ import annotations

import typing
from collections.abc import Collection, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from validator.errors import FixConfig

T = TypeVar("T")

_LONGEST_SECRET = 4_096
_LONGEST_TEXT = 400
_MOST_ITEMS = 1_000
_MOST_TABLES = 16
_NAME_CHARS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Args:
        source: Its name, unlike the others': 1 to 32 of a-z, 0-9, - and _.
        place: Of the table, for messages, such as `upstreams[0].`.
        values: Its other keys.
        folder: Where relative paths count from.
        credentials: Folder of the service's credentials; None = it has none.
        kind: One of those that it may be; empty = there are none.
    """

    source: str
    place: str
    values: Mapping[str, Any]
    folder: Path
    credentials: Path | None
    kind: str = ""

    @property
    def secret_files(self) -> tuple[Path, ...]:
        """Where the secrets lie that it names by a file."""
        return tuple(
            self._path(str(value)) for key, value in self.values.items() if key.endswith("_file")
        )

    def settings(self, kind: type[T]) -> T:
        """Read all keys, and the secrets where they lie.

        Args:
            kind: A frozen dataclass of texts, numbers, flags, and tuples of texts or numbers.

        Raises:
            FixConfig: A key is unknown, missing or has a wrong value, or a secret can't be read.
        """
        known = self.check(kind)
        for field in fields(kind):  # type: ignore[arg-type]  # T is a dataclass
            if not field.repr and (secret := self._secret(field)) is not None:
                known[field.name] = secret
        return kind(**known)

    def check(self, kind: type[object]) -> dict[str, Any]:
        """Read what is no secret: a command that opens no upstream need not see those.

        Raises:
            FixConfig: A key is unknown, missing or has a wrong value.
        """
        hints = typing.get_type_hints(kind)
        known: dict[str, Any] = {}
        allowed: list[str] = []
        for field in fields(kind):  # type: ignore[arg-type]  # it is a dataclass
            name = field.name if field.repr else f"{field.name}_file"
            allowed.append(name)
            if not field.repr and field.name in self.values:
                raise FixConfig(
                    f"`{self.place}{field.name}` is a secret and must not stand in the "
                    "configuration: write it to a file that only the gateway may read, and name "
                    f"that as `{name}`."
                )
            if not field.repr and name in self.values:
                _one(self.values[name], str, self.place + name)
            elif name in self.values:
                known[name] = self._plain(name, hints[name])
            elif field.repr and field.default is MISSING:
                raise FixConfig(f"`{self.place}{name}` is missing.")
        for key in self.values:
            if key not in allowed:
                raise FixConfig(
                    f"Unknown key `{self.place}{key[:40]}`; allowed: {', '.join(allowed)}."
                )
        return known

    def _plain(self, name: str, hint: Any) -> Any:
        value, key = self.values[name], f"{self.place}{name}"
        if hint is bool:
            if not isinstance(value, bool):
                raise FixConfig(f"`{key}` must be true or false.")
            return value
        if hint in (int, str):
            return _one(value, hint, key)
        (item, _) = typing.get_args(hint)
        if not isinstance(value, list) or len(value) > _MOST_ITEMS:
            raise FixConfig(f"`{key}` must be a list of at most {_MOST_ITEMS}.")
        return tuple(_one(each, item, key) for each in value)

    def _path(self, named: str) -> Path:
        return self.folder / Path(named).expanduser()

    def _secret(self, field: Field[Any]) -> str | None:
        name = field.name
        credential = f"{self.source}.{name}"
        if f"{name}_file" in self.values:
            path = self._path(self.values[f"{name}_file"])
        elif self.credentials and (self.credentials / credential).exists():
            path = self.credentials / credential
        elif field.default is not MISSING:
            return None
        else:
            raise FixConfig(
                f"`{self.place}{name}_file` is missing: name the file that holds the secret, or "
                f"give the service the credential {credential}."
            )
        return _read(path, f"{self.place}{name}_file")


def tables(
    value: Any,
    key: str,
    folder: Path,
    credentials: Path | None,
    kinds: Collection[str] = (),
    reserved: Collection[str] = (),
) -> tuple[Table, ...]:
    """Read an array of named tables.

    Args:
        value: As `tomllib` gives it.
        key: Its key in the configuration, such as `upstreams`.
        folder: Where relative paths count from.
        credentials: Folder of the service's credentials; None = it has none.
        kinds: What each may be; none = it has no kind. A table without a name bears its kind's.
        reserved: Names that mean something else.

    Raises:
        FixConfig: It is none, is too long, or a kind or name is missing, odd or there twice.
    """
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise FixConfig(f"`{key}` must be tables: write [[{key}]] above the keys of each one.")
    if len(value) > _MOST_TABLES:
        raise FixConfig(f"`{key}` may have {_MOST_TABLES} tables at most.")
    found: dict[str, Table] = {}
    for number, table in enumerate(value):
        place, own = f"{key}[{number}].", dict(table)
        kind = own.pop("kind", None) if kinds else ""
        if kinds and kind not in list(kinds):
            raise FixConfig(f"`{place}kind` must be one of: {', '.join(kinds)}.")
        name = own.pop("name", kind)
        good = isinstance(name, str) and 1 <= len(name) <= 32 and set(name) <= _NAME_CHARS
        if not good or name in reserved:
            but = f", and none of {', '.join(reserved)}" if reserved else ""
            raise FixConfig(f"`{place}name` must be 1 to 32 of a-z, 0-9, - and _{but}.")
        if name in found:
            raise FixConfig(f"`{key}` has the name {name} twice; names must differ.")
        found[name] = Table(name, place, own, folder, credentials, kind)
    return tuple(found.values())


def _read(path: Path, key: str) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_LONGEST_SECRET + 1)
        secret = data.decode().strip()
    except OSError as error:
        raise FixConfig(f"`{key}`: {path} can't be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise FixConfig(f"`{key}`: {path} holds no text.") from error
    if not secret or len(data) > _LONGEST_SECRET or not secret.isprintable():
        raise FixConfig(f"`{key}`: {path} must hold one line of 1 to {_LONGEST_SECRET} bytes.")
    return secret


def _one(value: Any, kind: type, key: str) -> Any:
    if kind is str:
        if not isinstance(value, str) or not 1 <= len(value) <= _LONGEST_TEXT:
            raise FixConfig(f"`{key}` must be a text of 1 to {_LONGEST_TEXT} characters.")
    elif isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 53:
        raise FixConfig(f"`{key}` must be a whole number that is not negative.")
    return value
