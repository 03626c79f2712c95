"""The figures' place in docs/performance.md: between two marks, written by the run."""

from __future__ import annotations

import json
import os
import platform
import re
import time
from pathlib import Path

from bench.rows import Row, table

BEGIN, END = "<!-- figures: written by make bench -->", "<!-- end of figures -->"


def write(page: Path, figures: Path) -> None:
    """Put the latest figures of bench.json on the page."""
    rows = [_row(plain) for plain in json.loads(figures.read_text())["rows"]]
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    text = f"{BEGIN}\n{time.strftime('%Y-%m-%d')}, {machine}.\n\n{table(rows)}\n{END}"
    old = page.read_text()
    page.write_text(re.sub(f"{BEGIN}.*{END}", lambda _: text, old, flags=re.DOTALL))


def _row(plain: dict[str, object]) -> Row:
    ratio, budget = plain.get("ratio"), plain.get("budget")
    value, name, unit = plain["value"], plain["name"], plain["unit"]
    assert isinstance(value, int | float)
    # Rates are the ones of which the budget is the least that is wanted.
    return Row(
        str(name),
        value,
        str(unit),
        ratio if isinstance(ratio, int | float) else None,
        budget if isinstance(budget, int | float) else None,
        least=unit == "per s",
    )
