"""How the scripts of the pages hang together."""

from __future__ import annotations

import re
from graphlib import TopologicalSorter
from importlib import resources
from pathlib import Path

import pytest

WEB = Path(str(resources.files("validator.gateway") / "web"))
IMPORTED = re.compile(r"""\b(?:import|from)\s*\(?\s*["'](\.{1,2}/[^"']+)["']""")


def modules() -> dict[Path, set[Path]]:
    """Return what each script imports."""
    return {
        path: {
            (path.parent / name).resolve()
            for name in IMPORTED.findall(path.read_text(encoding="utf-8"))
        }
        for path in WEB.resolve().rglob("*.js")
    }


def test_no_script_imports_itself_by_way_of_others() -> None:
    found = modules()
    assert {path for each in found.values() for path in each} <= set(found)
    order = [path.name for path in TopologicalSorter(found).static_order()]
    assert order.index("texts.js") < order.index("shell.js") < order.index("main.js")


@pytest.mark.parametrize(
    "text", ['import { a } from "./b.js";', "import './b.js'", 'await import("./b.js")']
)
def test_an_import_is_found_however_it_is_written(text: str) -> None:
    assert IMPORTED.findall(text) == ["./b.js"]
