"""Every bench works, and its rows have the right shape; what they measure is for `make bench`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from bench import page
from bench.__main__ import GROUPS
from bench.rows import Row, table, write

UNITS = {"ms", "s", "us", "MB", "per s", "%"}


LONG = ("floods", "restore")
"""Those whose smallest version takes half a minute; `make test-full` runs them."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.full] * (name in LONG)) for name in GROUPS]
)
def test_a_bench_gives_figures(name: str) -> None:
    if name == "screen" and not shutil.which("Xvfb"):
        pytest.skip("not installed: Xvfb")
    said: list[str] = []
    rows = GROUPS[name](True, said.append)
    assert rows
    assert said, "long work shows progress"
    assert len({row.name for row in rows}) == len(rows)
    assert any(row.budget is not None for row in rows)
    for row in rows:
        assert row.value > 0 or row.unit == "%"
        assert row.unit in UNITS


def test_a_budget_of_a_ratio_is_the_least_and_one_of_a_time_the_most() -> None:
    fast = Row("rate", 700, "per s", ratio=0.7, budget=0.6, least=True)
    slow = Row("time", 6, "ms", budget=5)
    assert (fast.met, slow.met, Row("size", 1, "MB").met) == (True, False, None)


def test_the_file_keeps_rows_that_were_not_measured_again(tmp_path: Path) -> None:
    figures = tmp_path / "bench.json"
    write(figures, [Row("one", 1, "ms"), Row("two", 2.00004, "s", budget=5)])
    write(figures, [Row("one", 3, "ms")])
    assert json.loads(figures.read_text()) == {
        "rows": [
            {"name": "two", "value": 2.0, "unit": "s", "budget": 5, "met": True},
            {"name": "one", "value": 3.0, "unit": "ms"},
        ]
    }


def test_the_figures_on_the_page_are_those_of_the_file(tmp_path: Path) -> None:
    figures, sheet = tmp_path / "bench.json", tmp_path / "page.md"
    rows = [Row("rate", 700, "per s", 0.5, 0.6, True), Row("time", 4, "ms", budget=5)]
    write(figures, rows)
    sheet.write_text(f"before\n{page.BEGIN}\nold\n{page.END}\nafter\n")
    page.write(sheet, figures)
    text = sheet.read_text()
    assert table(rows) in text
    assert "old" not in text
    assert text.startswith("before\n")
    assert text.endswith("after\n")
