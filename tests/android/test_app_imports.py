"""What the app's start on Android leads to, by following every import, also those in functions."""

import ast
import subprocess
import sys
from collections.abc import Iterator

import grimp
import pytest

from rules.sources import PACKAGES, ROOT

FORBIDDEN = {
    "evdev": "a desktop's devices",
    "gpiod": "a desktop's devices",
    "miniaudio": "a desktop's sound",
    "serial": "a desktop's devices",
    "cv2": "no camera of ours on Android",
    "zxingcpp": "no recipe builds it",
    "PIL": "not in the package",
    "validator.gateway": "a server",
    "validator.boxoffice": "a server",
    "validator.upstreams": "a server",
    "device.linux": "a desktop's devices",
}
SERVER = "aiohttp.web"
START = [
    node.module
    for node in ast.parse((ROOT / "main.py").read_text(encoding="utf-8")).body
    if isinstance(node, ast.ImportFrom) and node.module
]

BLOCK = """
import sys
from importlib.abc import MetaPathFinder

class Block(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        for forbidden in {forbidden!r}:
            if name == forbidden or name.startswith(forbidden + "."):
                raise ImportError(f"the app reached for {{name}}")

sys.meta_path.insert(0, Block())
for name in {modules!r}:
    __import__(name)
"""


def there(module: str) -> bool:
    path = ROOT / module.replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    # Imports for the type checker only are not made when the app runs.
    return grimp.build_graph(
        *PACKAGES, include_external_packages=True, exclude_type_checking_imports=True
    )


def reached(graph: grimp.ImportGraph) -> set[str]:
    """Return our modules and outer packages that the start leads to, with its packages' own."""
    found: set[str] = set()
    waiting = [module for module in START if there(module)]
    while waiting:
        module = waiting.pop()
        if module in found:
            continue
        found.add(module)
        if module in graph.modules:
            waiting += graph.find_modules_directly_imported_by(module)
    return found


def test_the_start_is_three_lines() -> None:
    lines = (ROOT / "main.py").read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if line and not line.startswith('"""')]) == 3
    assert START == ["scanner.app.android", "scanner.app.window"]


def test_the_start_leads_to_nothing_that_android_lacks_or_that_serves(
    graph: grimp.ImportGraph,
) -> None:
    found = reached(graph)
    assert {"device.android.camera", "offline_cache.identity.vault", "jnius", "numpy"} <= found
    wrong = {
        module: why
        for module in found
        for forbidden, why in FORBIDDEN.items()
        if module == forbidden or module.startswith(forbidden + ".")
    }
    assert not wrong, {module: list(chains(graph, module)) for module in wrong}


def chains(graph: grimp.ImportGraph, module: str) -> Iterator[tuple[str, ...]]:
    for start in START:
        if there(start) and (chain := graph.find_shortest_chain(start, module)):
            yield chain


def test_the_apps_modules_load_where_the_forbidden_ones_are_missing(
    graph: grimp.ImportGraph,
) -> None:
    # Kivy opens a window when it is loaded: its own tests do that.
    modules = sorted(
        module
        for module in reached(graph)
        if module.split(".")[0] in PACKAGES
        and not any(
            name == "kivy" or name.startswith("kivy.")
            for name in graph.find_modules_directly_imported_by(module)
        )
        and not module.startswith(("scanner.app.window", "scanner.screens"))
    )
    done = subprocess.run(
        [sys.executable, "-c", BLOCK.format(forbidden=[*FORBIDDEN, SERVER], modules=modules)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_a_forbidden_import_is_found() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            BLOCK.format(forbidden=[SERVER], modules=["validator.gateway.api.app"]),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0 and "the app reached for aiohttp.web" in done.stderr


def test_without_java_the_start_says_what_is_missing() -> None:
    text = "from device.android.java import java_class; java_class('android.os.Build')"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.modules['jnius'] = None; {text}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert "Java can't be reached" in done.stderr.splitlines()[-1]
