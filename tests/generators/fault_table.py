"""The table of docs/reliability.md: what people see of each fault, as the tests saw it."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from itertools import groupby

import pytest

from rules.sources import ROOT, python_files

PAGE = ROOT / "docs" / "reliability.md"
AGAIN = "PYTHONPATH=tests .venv/bin/python -m generators.reliability"
FIXTURE = "faults"

INTRO = f"""# Reliability

What goes wrong in a venue, what the people there see, and what is lost. Each row is written by the
test that it names, which makes the fault happen to real processes or to a real disk, and fails if
this page says something else. `{AGAIN} [-k SOME]` runs these tests and writes the page again.

*Ends* is how it ends without anybody's help: an exit code, or the verdict and what follows it.
"""
HEAD = "| Fault | What people see | Ends | Lost | Shown by |\n|---|---|---|---|---|\n"


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """One fault.

    Args:
        where: Heading that it stands under, such as `Lane`.
        fault: What goes wrong.
        seen: The line or verdict, in its own words.
        ends: Exit code, or verdict and recovery.
        lost: What is gone for good.
        test: Path and name of the test.
    """

    where: str
    fault: str
    seen: str
    ends: str
    lost: str
    test: str


NEW = pytest.StashKey[list[Row]]()
"""Rows that a run has reported; only there while the page is being written."""


class FaultTable:
    """What one test reports to; the fixture `faults`.

    Args:
        test: Path and name of the test function.
        new: Takes the rows when the page is being written; None = they must be in it.
    """

    def __init__(self, test: str, new: list[Row] | None) -> None:
        self._test = test
        self._new = new

    def row(self, where: str, fault: str, *, seen: str, ends: str, lost: str = "nothing") -> None:
        """Report what was seen; only sentences that are the same in every run.

        Args:
            where: Heading that it stands under.
            fault: What went wrong.
            seen: The line or verdict, in its own words.
            ends: Exit code, or verdict and recovery.
            lost: What is gone for good.
        """
        row = Row(*map(_plain, (where, fault, seen, ends, lost, self._test)))
        if self._new is not None:
            self._new.append(row)
        else:
            assert row in committed(), f"Write the page again: {AGAIN}"


def committed() -> list[Row]:
    """Return the rows of the page as it is."""
    return list(_read(PAGE.read_text(encoding="utf-8"))) if PAGE.exists() else []


def merged(old: Iterable[Row], new: Sequence[Row], tests: Iterable[str]) -> list[Row]:
    """Return old rows of tests that still exist and did not report, and all the new ones."""
    reported = {row.test for row in new}
    living = set(tests)
    return sorted({row for row in old if row.test in living - reported} | set(new))


def page(rows: Iterable[Row]) -> str:
    """Return the page with these rows."""
    parts = [INTRO]
    for where, below in groupby(sorted(rows), key=lambda row: row.where):
        lines = (f"| {' | '.join(map(_cell, astuple(row)[1:]))} |\n" for row in below)
        parts.append(f"\n## {where}\n{HEAD}{''.join(lines)}")
    return "".join(parts)


def fault_tests() -> list[str]:
    """Return path and name of every test that reports to the table."""
    return [
        f"{path}::{node.name}"
        for path, text in python_files("tests")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and FIXTURE in {argument.arg for argument in node.args.args}
    ]


def _plain(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")


def _read(text: str) -> Iterator[Row]:
    where = ""
    for line in text.splitlines():
        if line.startswith("## "):
            where = line.removeprefix("## ")
        elif line.startswith("| ") and not line.startswith("| Fault |"):
            yield Row(where, *_cells(line))


def _cells(line: str) -> tuple[str, str, str, str, str]:
    cells, escaped = [""], False
    for letter in line[2:-2]:
        if letter == "|" and not escaped:
            cells.append("")
        elif letter == "\\" and not escaped:
            escaped = True
            continue
        else:
            cells[-1] += letter
        escaped = False
    fault, seen, ends, lost, test = (cell.strip() for cell in cells)
    return fault, seen, ends, lost, test
