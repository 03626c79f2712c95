"""Each fault of the peers has a test here; peer_faults.toml says which."""

import ast
import tomllib
from pathlib import Path

from rules.sources import python_files

FAULTS = 17


def names_of_tests() -> set[str]:
    return {
        node.name
        for _, text in python_files("tests")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    }


def test_every_fault_of_the_peers_has_a_test_that_exists() -> None:
    listed = tomllib.loads(Path(__file__).with_name("peer_faults.toml").read_text())
    assert sorted(map(int, listed)) == list(range(1, FAULTS + 1))
    known = names_of_tests()
    for number, entry in listed.items():
        assert entry["fault"], number
        assert entry["tests"], number
        assert not set(entry["tests"]) - known, number
