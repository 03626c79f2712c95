"""Which ticketing systems a configuration names, and where their secrets lie."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from validator.errors import FixConfig
from validator.upstreams import infomaniak
from validator.upstreams.kinds import read
from validator.upstreams.settings import Table

SHOP = {
    "kind": "infomaniak",
    "shop_key_file": "shop.key",
    "counter_key_file": "counter.key",
    "authorization_file": "password",
}


@dataclass(frozen=True)
class Settings:
    key: str = field(repr=False)
    spare: str = field(default="none", repr=False)
    url: str = "https://tickets.example"
    events: tuple[int, ...] = ()
    states: tuple[str, ...] = ("valid",)
    strict: bool = True


def table(folder: Path, credentials: Path | None = None, **values: object) -> Table:
    return Table("shop", "upstreams[0].", values, folder, credentials)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "my.key").write_text("s3cret\n")
    return tmp_path


def test_a_secret_comes_from_a_file_beside_the_configuration(place: Path) -> None:
    assert table(place, key_file="my.key").settings(Settings) == Settings("s3cret")
    assert table(place, key_file=str(place / "my.key")).settings(Settings).key == "s3cret"


def test_or_from_a_credential_of_the_service_that_bears_the_sources_name(place: Path) -> None:
    handed = place / "credentials"
    handed.mkdir()
    (handed / "shop.key").write_text("handed")
    assert table(place, handed).settings(Settings).key == "handed"
    assert table(place, handed, key_file="my.key").settings(Settings).key == "s3cret"


def test_a_secret_in_the_configuration_is_refused_without_being_repeated(place: Path) -> None:
    with pytest.raises(FixConfig, match="must not stand in the configuration") as refused:
        table(place, key="s3cret").check(Settings)
    assert "s3cret" not in str(refused.value)
    assert "`upstreams[0].key`" in str(refused.value)


def test_what_needs_no_secret_is_checked_without_it(place: Path) -> None:
    assert table(place, key_file="not there", strict=False).check(Settings) == {"strict": False}
    with pytest.raises(FixConfig, match="can't be read"):
        table(place, key_file="not there").settings(Settings)
    with pytest.raises(FixConfig, match=r"give the service the credential shop\.key"):
        table(place).settings(Settings)


@pytest.mark.parametrize("said", [b"", b"\n", b"two\nlines", b"\xff\xfe", b"x" * 5_000])
def test_a_file_that_holds_no_key_is_named(place: Path, said: bytes) -> None:
    (place / "my.key").write_bytes(said)
    with pytest.raises(FixConfig, match=r"`upstreams\[0\]\.key_file`"):
        table(place, key_file="my.key").settings(Settings)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("url", 5),
        ("url", ""),
        ("events", 5),
        ("events", [True]),
        ("events", [-1]),
        ("states", [1]),
        ("states", ["x"] * 1_001),
        ("strict", 1),
        ("key_file", 3),
        ("colour", "blue"),
    ],
)
def test_a_wrong_value_is_named(place: Path, key: str, value: object) -> None:
    with pytest.raises(FixConfig, match=rf"`upstreams\[0\]\.{key}`"):
        Table("shop", "upstreams[0].", {key: value}, place, None).check(Settings)


def test_lists_become_tuples(place: Path) -> None:
    found = table(place, key_file="my.key", events=[1, 2], states=["ok"]).settings(Settings)
    assert (found.events, found.states) == ((1, 2), ("ok",))


def test_several_systems_each_have_a_name(tmp_path: Path) -> None:
    named = read([SHOP, SHOP | {"name": "other-shop", "currency": "EUR"}], tmp_path, None)
    assert [each.source for each in named] == ["infomaniak", "other-shop"]
    for file in ("shop.key", "counter.key", "password"):
        (tmp_path / file).write_text("k")
    settings = named[1].table.settings(infomaniak.Settings)
    assert (settings.currency, settings.shop_key) == ("EUR", "k")
    assert "'k'" not in repr(settings)


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({}, r"\[\[upstreams\]\]"),
        ([{"kind": "magic"}], r"`upstreams\[0\]\.kind`"),
        ([{"kind": ["infomaniak"]}], r"`upstreams\[0\]\.kind`"),
        ([{}], r"`upstreams\[0\]\.kind`"),
        ([SHOP, SHOP], "infomaniak twice"),
        ([SHOP | {"name": "boxoffice"}], r"`upstreams\[0\]\.name`"),
        ([SHOP | {"name": "../x"}], r"`upstreams\[0\]\.name`"),
        ([SHOP | {"name": ""}], r"`upstreams\[0\]\.name`"),
        ([SHOP | {"name": 5}], r"`upstreams\[0\]\.name`"),
        ([SHOP | {"nmae": "x"}], r"`upstreams\[0\]\.nmae`"),
        ([SHOP | {"name": f"s{n}"} for n in range(17)], "16 tables"),
    ],
)
def test_wrong_tables_are_named(tmp_path: Path, value: object, named: str) -> None:
    with pytest.raises(FixConfig, match=named):
        read(value, tmp_path, None)
