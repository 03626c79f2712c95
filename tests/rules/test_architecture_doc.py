"""What the pages name exists: files, functions in them, and the pages that they link to."""

import ast
import re
from functools import cache

import pytest

from rules.sources import ROOT, text_files

PAGES = {path: text for path, text in text_files() if path.endswith(".md")}
FLOWS = "docs/architecture.md"

NAMED = re.compile(r"`([\w/]+\.(?:py|sql|toml|md))(?::([A-Za-z_][\w.]*))?`")
IN_TEXT = re.compile(r"(?<![\w./`])([\w/]+\.py)\b")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s#]+)(?:#[^)]*)?\)")


@cache
def names_in(path: str) -> frozenset[str]:
    """Return functions, classes, methods (`Class.method`) and constants of a Python file."""
    return frozenset(_names(ast.parse((ROOT / path).read_text(encoding="utf-8")).body, ""))


def _names(body: list[ast.stmt], within: str) -> list[str]:
    found: list[str] = []
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.append(within + node.name)
        if isinstance(node, ast.ClassDef):
            found += _names(node.body, f"{within}{node.name}.")
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        found += [within + target.id for target in targets if isinstance(target, ast.Name)]
    return found


def missing(text: str) -> list[str]:
    """Return what a page names and the repository does not have."""
    gone = []
    for path, name in NAMED.findall(text):
        if "/" in path and not (ROOT / path).is_file():
            gone.append(path)
        elif name and name not in names_in(path):
            gone.append(f"{path}:{name}")
    return gone


@pytest.mark.parametrize("page", PAGES)
def test_every_file_and_function_that_a_page_names_exists(page: str) -> None:
    assert missing(PAGES[page]) == []


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_running_text_names_exists(page: str) -> None:
    assert [path for path in IN_TEXT.findall(PAGES[page]) if not (ROOT / path).is_file()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_leads_somewhere(page: str) -> None:
    folder = (ROOT / page).parent
    links = [link for link in LINK.findall(PAGES[page]) if "://" not in link]
    assert [link for link in links if not (folder / link).exists()] == []


def test_the_flows_name_functions_of_every_package() -> None:
    named = {path.split("/")[0] for path, name in NAMED.findall(PAGES[FLOWS]) if name}
    assert named >= {"validator", "scanner", "device", "offline_cache"}


@pytest.mark.parametrize(
    "text",
    [
        "`scanner/nowhere.py`",
        "`scanner/lane/lane.py:Lane.fly`",
        "`scanner/lane/lane.py:take`",
        "`scanner/lane/lane.py:Car.take`",
    ],
)
def test_a_name_that_does_not_exist_is_found(text: str) -> None:
    assert missing(text)
