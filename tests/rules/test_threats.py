"""Each defence of docs/threats.md is shown by a test that exists."""

import re

import pytest

from rules.sources import ROOT, python_files

ROW = re.compile(r"^\| (?P<threat>[^|]+) \| [^|]+ \| (?P<tests>[^|]+) \|$", re.MULTILINE)
PAGE = (ROOT / "docs/threats.md").read_text(encoding="utf-8").partition("## Bounds")[0]
ROWS = {row["threat"]: row["tests"] for row in ROW.finditer(PAGE) if row["threat"] != "Threat"}
TESTS = {
    name
    for path, text in python_files("tests")
    if "/test_" in path
    for name in re.findall(r"def (test_\w+)\(", text)
}


def test_the_table_is_read() -> None:
    assert len(ROWS) >= 20


@pytest.mark.parametrize("threat", ROWS)
def test_a_defence_names_tests_that_exist(threat: str) -> None:
    named = re.findall(r"`(\w+)`", ROWS[threat])
    assert named and not set(named) - TESTS
