"""Resellers' files handed in at a box office to test with."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from doubles.boxoffice.box import FULL, TONIGHT, open_box
from doubles.clock.hand_clock import HandClock
from validator.boxoffice.imports.comparison import Figures
from validator.boxoffice.imports.mapping import ColumnMapping, Columns, RowSelection
from validator.boxoffice.imports.problems import Problem
from validator.boxoffice.records.barcodes import ean13_check_digit

MAPPING = ColumnMapping("FNAC", RowSelection(), Columns(0), TONIGHT, FULL)


def ean(place: int) -> str:
    """Return the code of a reseller's ticket."""
    digits = f"{200_000_000_000 + place}"
    return digits + ean13_check_digit(digits)


class HandedIn:
    """A box office whose organiser imports files.

    Args:
        folder: Of its data.
    """

    def __init__(self, folder: Path) -> None:
        self.office = open_box(folder, HandClock())
        self.importer = self.office.importer
        self.last = ""

    def upload(self, data: bytes | str) -> str:
        """Hand a file in and return its id."""
        upload = self.importer.open_upload()
        upload.path.write_bytes(data if isinstance(data, bytes) else data.encode())
        self.last = upload.id
        return upload.id

    def check(self, data: bytes | str, mapping: ColumnMapping = MAPPING) -> Figures:
        """Find out what an import would do."""
        id = self.upload(data)
        self.importer.check(id, mapping)
        return self.end(id)

    def run(
        self, data: bytes | str, mapping: ColumnMapping = MAPPING, at_most: int | None = None
    ) -> Figures:
        """Import a file."""
        id = self.upload(data)
        self.importer.run(id, mapping, at_most)
        return self.end(id)

    def end(self, id: str) -> Figures:
        """Wait for the end of a file's work.

        Raises:
            ValidatorError: It failed.
        """
        for thread in threading.enumerate():
            if thread.name == f"import-{id}":
                thread.join()
        status = self.importer.status(id)
        if status.error is not None:
            raise status.error
        assert status.figures is not None
        return status.figures

    def problems(self) -> list[tuple[int, Problem, str]]:
        """Return what is wrong with the rows of the last file."""
        return self.importer.problems(self.last, 0, 1000)

    def listed(self) -> dict[str, str]:
        """Return state by code of all resellers' tickets."""
        with self.office.database.read() as transaction:
            rows = transaction.rows(
                "SELECT text, state FROM codes JOIN tickets ON tickets.number = ticket"
                " WHERE serial IS NULL"
            )
        return {row["text"]: row["state"] for row in rows}


def with_columns(mapping: ColumnMapping = MAPPING, **places: int) -> ColumnMapping:
    """Return a plan that reads further columns."""
    return replace(mapping, columns=replace(mapping.columns, **places))
