"""Figures: what a bench found, its budget, and how both are shown and kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class Unmeasured(Exception):
    """A row can't be measured here; the text says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    Args:
        name: What was measured.
        value: The figure.
        unit: Of it.
        ratio: Against what was measured beside it in the same run; None = nothing was.
        budget: Of design section 11, in the unit of `judged`; None = it has none.
        least: The budget is the least that is wanted, not the most.
    """

    name: str
    value: float
    unit: str
    ratio: float | None = None
    budget: float | None = None
    least: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the budget is kept; it is one of the ratio where there is one."""
        if self.budget is None:
            return None
        judged = self.value if self.ratio is None else self.ratio
        return judged >= self.budget if self.least else judged <= self.budget

    def plain(self) -> dict[str, Any]:
        """Return the row as it stands in bench.json."""
        row: dict[str, Any] = {"name": self.name, "value": _short(self.value), "unit": self.unit}
        if self.ratio is not None:
            row["ratio"] = _short(self.ratio)
        if self.budget is not None:
            row |= {"budget": self.budget, "met": self.met}
        return row


Progress = Callable[[str], None]


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that a share (0 to 1) of all values does not exceed."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def write(path: Path, rows: Sequence[Row]) -> None:
    """Write bench.json; rows of an earlier run that were not measured now stay."""
    kept: list[dict[str, Any]] = []
    if path.exists():
        names = {row.name for row in rows}
        kept = [row for row in json.loads(path.read_text())["rows"] if row["name"] not in names]
    plain = {"rows": [*kept, *(row.plain() for row in rows)]}
    path.write_text(json.dumps(plain, indent=1) + "\n")


def table(rows: Sequence[Row]) -> str:
    """Return rows as a table of Markdown."""
    lines = ["| what | measured | ratio | budget | met |", "|---|---:|---:|---:|---|"]
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        met = {None: "", True: "yes", False: "**no**"}[row.met]
        lines.append(f"| {row.name} | {_figure(row)} | {ratio} | {_budget(row)} | {met} |")
    return "\n".join(lines)


def _figure(row: Row) -> str:
    return f"{_short(row.value):,g} {row.unit}".strip()


def _budget(row: Row) -> str:
    if row.budget is None:
        return ""
    unit = "of the ratio" if row.ratio is not None else row.unit
    return f"{'≥' if row.least else '≤'} {row.budget:g} {unit}".strip()
