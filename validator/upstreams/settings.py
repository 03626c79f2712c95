"""An upstream's own keys in the configuration, read into its frozen settings.

A field that is not shown (`repr=False`) is a secret: the table has the path of a file that holds
it, under the field's name with `_file`, or the service has a credential `SOURCE.FIELD`. In the
table itself it is refused, since configurations are copied, mailed and kept.

Source: systemd.exec(5), `LoadCredential=`.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from validator.errors import FixConfig

T = TypeVar("T")

_LONGEST_SECRET = 4_096
_LONGEST_TEXT = 400
_MOST_ITEMS = 1_000


@dataclass(frozen=True, slots=True)
class Table:
    """One `[[upstreams]]` table.

    Args:
        source: Id of the source.
        place: Of the table, for messages, such as `upstreams[0].`.
        values: The kind's own keys.
        folder: Where relative paths count from.
        credentials: Folder of the service's credentials; None = it has none.
    """

    source: str
    place: str
    values: Mapping[str, Any]
    folder: Path
    credentials: Path | None

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

    def _secret(self, field: Field[Any]) -> str | None:
        name = field.name
        credential = f"{self.source}.{name}"
        if f"{name}_file" in self.values:
            path = self.folder / Path(self.values[f"{name}_file"]).expanduser()
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
