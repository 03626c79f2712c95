"""How long each suite takes, as a table of tests/README.md.

`.venv/bin/pytest --junit-xml=build/suite.xml`, alone on the machine, then
`PYTHONPATH=tests .venv/bin/python -m generators.suites build/suite.xml` writes the table again.
"""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from xml.etree import ElementTree

from rules.sources import ROOT

PAGE = ROOT / "tests" / "README.md"
BEGIN, END = "<!-- suites: written by generators.suites -->", "<!-- end of suites -->"
HEAD = "| folder | tests | seconds |\n|---|---:|---:|\n"

SPLIT = ("validator", "validator/gateway")
"""Folders so large that those below them have rows of their own."""


def suite_of(module: str) -> str:
    """Return the folder that a test counts for, such as `validator/gateway/ledger/`.

    Args:
        module: Its module with dots, from tests on, and maybe its class.
    """
    folders = list(takewhile(lambda part: not part.startswith("test_"), module.split(".")[1:]))
    shown = 1
    while shown < len(folders) and "/".join(folders[:shown]) in SPLIT:
        shown += 1
    return "/".join(folders[:shown]) + "/"


def table(report: str) -> str:
    """Return how long each suite took, the longest first.

    Args:
        report: What pytest has written as JUnit's XML.
    """
    seconds: dict[str, float] = defaultdict(float)
    tests: Counter[str] = Counter()
    for case in ElementTree.fromstring(report).iter("testcase"):
        if case.find("skipped") is None:
            suite = suite_of(case.get("classname", ""))
            seconds[suite] += float(case.get("time", 0))
            tests[suite] += 1
    rows = [
        f"| `{suite}` | {tests[suite]} | {round(taken)} |\n"
        for suite, taken in sorted(seconds.items(), key=lambda item: (-round(item[1]), item[0]))
    ]
    total = f"| all | {tests.total()} | {round(sum(seconds.values()))} |\n"
    return HEAD + "".join([*rows, total])


def main(words: Sequence[str]) -> None:
    """Write the table of a run into the page.

    Args:
        words: The report's path.
    """
    (path,) = words
    told = f"{BEGIN}\n{table(Path(path).read_text(encoding='utf-8'))}{END}"
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(
        re.sub(f"{BEGIN}.*{END}", lambda _: told, page, flags=re.DOTALL), encoding="utf-8"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
