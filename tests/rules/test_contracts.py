"""Who may import whom: what the contracts in pyproject.toml can't express."""

import ast

import pytest

from rules.sources import core_files, imports, python_files


def server_parts(text: str) -> list[str]:
    """Return the lines that import or reach aiohttp's server."""
    tree = ast.parse(text)
    found = [
        f"{line}: imports {name}"
        for line, name in imports(tree)
        if name == "aiohttp.web" or name.startswith(("aiohttp.web.", "aiohttp.web_"))
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "aiohttp.web":
            found.append(f"{node.lineno}: reaches aiohttp.web")
    return found


def test_the_scanning_side_carries_no_server() -> None:
    files = python_files("scanner", "offline_cache", "device") + core_files()
    files += [file for file in python_files("validator") if file[0].startswith("validator/disk/")]
    found = {path: server_parts(text) for path, text in files}
    assert not {path: lines for path, lines in found.items() if lines}


@pytest.mark.parametrize(
    "text",
    [
        "import aiohttp.web",
        "from aiohttp import web",
        "from aiohttp.web import Application",
        "from aiohttp.web_ws import WebSocketResponse",
        "import aiohttp\naiohttp.web.Application()",
    ],
)
def test_every_way_to_the_server_is_found(text: str) -> None:
    assert server_parts(text)


def test_the_client_is_no_server() -> None:
    assert not server_parts(
        "import aiohttp\naiohttp.ClientSession()\nfrom aiohttp import WSMsgType"
    )
