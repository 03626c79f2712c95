"""The rules of CONTRIBUTING.md that a machine can check and ruff, mypy and lint-imports don't."""

import ast
import re
from collections import Counter

import pytest

from rules.sources import PACKAGES, imports, python_files, text_files

VAGUE_CLASS = re.compile(r"(?:Manager|Helper|Util|Base|Common)s?(?=[A-Z]|$)")
VAGUE_FILE = re.compile(r"(?:^|_)(?:manager|helper|util|base|common)s?(?:_|$)")

# Written so that no pattern finds itself here.
MACHINE = re.compile(
    r"/(?:wor[k]|roo[t]|hom[e]|User[s]|far[m])/\w"
    r"|/op[t]/(?:pypi|wheels)"
    r"|https?://[^ )]*/simple/"
    r"|pypi[.]org|pythonhosted[.]org|registry[.]npmjs|deb[.]debian[.]org"
    r"|[.]librar[y]|far[m]-(?:bench|studio)"
)


def test_tests_shadow_no_package() -> None:
    assert not [path for path, _ in python_files("tests") if path.endswith("__init__.py")]


def test_every_test_file_has_a_name_of_its_own() -> None:
    names = Counter(path.split("/")[-1] for path, _ in python_files("tests") if "/test_" in path)
    assert not {name for name, count in names.items() if count > 1}


def patches(text: str) -> list[str]:
    """Return the lines that import a mock or replace an attribute."""
    tree = ast.parse(text)
    found = [f"{line}: {name}" for line, name in imports(tree) if "mock" in name.split(".")]
    found += [
        f"{node.lineno}: monkeypatch.setattr"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "monkeypatch.setattr"
    ]
    return found


def test_no_test_patches_our_code() -> None:
    found = {path: patches(text) for path, text in python_files("tests")}
    assert not {path: lines for path, lines in found.items() if lines}


@pytest.mark.parametrize(
    "text",
    [
        "from unittest import mock",
        "from unittest.mock import patch",
        "import unittest.mock",
        "def test_f(monkeypatch):\n    monkeypatch.setattr(clock, 'now', lambda: 0)",
    ],
)
def test_a_patch_is_found(text: str) -> None:
    assert patches(text)


def platform_choices(text: str) -> list[int]:
    """Return the lines that ask for the platform while the module is being imported."""
    found: list[int] = []
    waiting: list[ast.AST] = [ast.parse(text)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting += node.args.defaults
            waiting += [default for default in node.args.kw_defaults if default]
            continue
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"sys.platform", "os.name"}:
            found.append(node.lineno)
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("platform."):
            found.append(node.lineno)
        if isinstance(node, ast.ImportFrom) and node.module == "sys":
            found += [node.lineno for alias in node.names if alias.name == "platform"]
        waiting += ast.iter_child_nodes(node)
    return found


def test_no_module_chooses_by_platform_when_it_is_imported() -> None:
    found = {path: platform_choices(text) for path, text in python_files(*PACKAGES)}
    assert not {path: lines for path, lines in found.items() if lines}


@pytest.mark.parametrize(
    "text",
    [
        "import sys\nif sys.platform == 'linux':\n    import evdev",
        "import os\nclass Lamp:\n    windows = os.name == 'nt'",
        "import sys\ndef f(name=sys.platform): ...",
        "import platform\nSYSTEM = platform.system()",
        "from sys import platform",
    ],
)
def test_a_choice_by_platform_is_found(text: str) -> None:
    assert platform_choices(text)


def test_a_composition_root_may_choose_when_it_runs() -> None:
    assert not platform_choices("import sys\ndef main():\n    return sys.platform")


def test_names_say_what_a_thing_is() -> None:
    found = []
    for path, text in python_files(*PACKAGES, "tests"):
        if VAGUE_FILE.search(path.split("/")[-1].removesuffix(".py")):
            found.append(path)
        found += [
            f"{path}:{node.lineno} {node.name}"
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.ClassDef) and VAGUE_CLASS.search(node.name)
        ]
    assert not found


@pytest.mark.parametrize("name", ["TicketManager", "ManagerOfGates", "Utils", "BaseStore"])
def test_a_vague_name_is_found(name: str) -> None:
    assert VAGUE_CLASS.search(name)


@pytest.mark.parametrize("name", ["Base45Text", "Database", "Utility", "Gate"])
def test_a_plain_name_is_not(name: str) -> None:
    assert not VAGUE_CLASS.search(name)


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    found = [
        f"{path}:{number} {line.strip()[:80]}"
        for path, text in text_files()
        for number, line in enumerate(text.splitlines(), 1)
        if MACHINE.search(line)
    ]
    assert not found
