"""docs/house.svg is the house as it stands: its rooms, their floors, and who uses whom."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from generators.house import AGAIN, PICTURE, Room, arrows, blocks, draw
from rules.sources import PACKAGES, ROOT


@pytest.fixture(scope="module")
def drawn() -> str:
    return draw()


def test_the_picture_is_drawn_from_the_code_as_it_is(drawn: str) -> None:
    assert PICTURE.read_text(encoding="utf-8") == drawn, f"Draw it again: {AGAIN}"


@pytest.mark.parametrize("path", sorted((ROOT / "docs").glob("*.svg")), ids=lambda path: path.stem)
def test_a_picture_names_no_typeface_that_a_machine_may_not_have(path: Path) -> None:
    families = {node.get("font-family") for node in ElementTree.parse(path).iter()}
    assert families - {None} == {"sans-serif"}


def test_every_package_is_in_the_picture() -> None:
    shown = {module.split(".")[0] for block in blocks().values() for module in block.modules}
    assert shown == set(PACKAGES)


def test_a_device_uses_nothing_and_the_core_nothing_above_it() -> None:
    assert not {(one, other) for one, other in arrows() if one in {"device", "core"}}


@pytest.mark.parametrize(
    ("module", "name", "words"),
    [
        ("validator.judge", "judge", "May this ticket enter?"),
        ("validator.gateway.store", "store/", "What the gateway keeps on disk"),
        ("offline_cache.cache", "cache", "What a device knows and owes"),
    ],
)
def test_a_room_is_told_by_the_beginning_of_its_docstring(
    module: str, name: str, words: str
) -> None:
    assert (Room(module).name, Room(module).words) == (name, words)
