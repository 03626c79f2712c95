"""A reseller's file of a million rows: how long its import takes, and how much memory.

The box office runs in a process of its own; what is told of memory is the most that it ever held.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from bench.child import child, ready
from bench.rows import Progress, Row
from doubles.boxoffice.handed_in import ean
from journeys.venue.venue import CLOCK
from validator.boxoffice import BoxOffice, sell_sample_evening
from validator.boxoffice.imports.mapping import ColumnMapping, RowSelection

ROWS = 1_000_000
BUDGET_S, BUDGET_MB = 120.0, 200.0
"""Ours; design section 11 has none."""

_LOOK_S = 0.005


def run(small: bool, tell: Progress) -> list[Row]:
    """Measure an import."""
    count = 5_000 if small else ROWS
    with tempfile.TemporaryDirectory() as folder:
        tell(f"a file of {count} rows is imported")
        with child("bench.imports", folder, count) as found:
            name = f"{count:,} rows"
            return [
                Row(f"import of a file of {name}", found["import_s"], "s", budget=BUDGET_S),
                Row("of that: reading and checking", found["check_s"], "s"),
                Row("of that: one transaction, in which sales wait", found["write_s"], "s"),
                Row(
                    f"most memory of the process that imports {name}",
                    found["mb"],
                    "MB",
                    budget=BUDGET_MB,
                ),
                Row("the same file once more", found["again_s"], "s"),
            ]


def _measure(folder: Path, count: int) -> dict[str, float]:
    office = BoxOffice.open(folder, CLOCK, os.urandom)
    try:
        evening = sell_sample_evening(office, CLOCK.now())
        path = folder / "file"
        with path.open("w", encoding="utf-8") as file:
            file.write("Name;Barcode;Tariff\n")
            file.writelines(f"Guest {place};{ean(place)};Full price\n" for place in range(count))
        began = time.monotonic()
        upload = office.importer.open_upload()
        path.replace(upload.path)
        preview = office.importer.preview(upload.id)
        assert preview.guess.columns is not None
        mapping = ColumnMapping(
            "FNAC", RowSelection(preview.dialect, 1), preview.guess.columns, evening.tonight, None
        )
        office.importer.check(upload.id, mapping)
        assert _listed(office, upload.id) == count
        checked = time.monotonic()
        office.importer.run(upload.id, mapping)
        assert _listed(office, upload.id) == count
        written = time.monotonic()
        office.importer.run(upload.id, mapping)
        assert _listed(office, upload.id) == 0
        return {
            "import_s": written - began,
            "check_s": checked - began,
            "write_s": written - checked,
            "again_s": time.monotonic() - written,
            "mb": _megabytes(),
        }
    finally:
        office.close()


def _listed(office: BoxOffice, id: str) -> int:
    while (status := office.importer.status(id)).working:
        time.sleep(_LOOK_S)
    assert status.figures is not None, status.error
    return status.figures.listed


def _megabytes() -> float:
    """Return the most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    ready(**_measure(Path(sys.argv[1]), int(sys.argv[2])))
