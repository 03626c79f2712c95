"""Imports of resellers' files: previewed, checked, listed."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from validator.boxoffice.database import Database, Transaction
from validator.boxoffice.imports.comparison import Figures, check_cancellations, compare
from validator.boxoffice.imports.dialect import Dialect
from validator.boxoffice.imports.listing import list_tickets
from validator.boxoffice.imports.mapping import ColumnMapping
from validator.boxoffice.imports.names import CatalogueNames
from validator.boxoffice.imports.preview import Preview, preview_file
from validator.boxoffice.imports.problems import Problem
from validator.boxoffice.imports.progress import Progress
from validator.boxoffice.imports.upload import IDLE_ROUNDS, Status, Upload, busy
from validator.boxoffice.model import NotFound, Refused
from validator.boxoffice.records.customer_index import folded
from validator.boxoffice.records.order_rows import ticket_number
from validator.clock import Instant
from validator.errors import RetryLater

MOST_BYTES = 1 << 30
"""Bytes of a file."""

MOST_UPLOADS = 4
"""Files that wait at a time; the oldest goes."""

_PRIVATE = 0o700


@dataclass(frozen=True, slots=True)
class FinishedImport:
    """A file that was listed.

    Args:
        number: From 1.
        at: When.
        distributor: Who sold its tickets.
        found: Rows that are not blank.
        listed: Tickets that were new.
        known: Rows whose tickets were listed before.
        cancelled: Tickets that were taken back.
        problems: Rows with something wrong.
    """

    number: int
    at: Instant
    distributor: str
    found: int
    listed: int
    known: int
    cancelled: int
    problems: int


class Importer:
    """Imports files. They are deleted when they are done with, and at each start.

    Args:
        database: Of the box office.
        folder: Gets the files while they are worked on; made when it is needed.
        entropy: Returns so many random bytes.
    """

    def __init__(self, database: Database, folder: Path, entropy: Callable[[int], bytes]) -> None:
        self._database = database
        self._folder = folder
        self._entropy = entropy
        self._lock = threading.Lock()
        self._uploads: dict[str, Upload] | None = None

    def open_upload(self) -> Upload:
        """Open an upload; the caller writes its file.

        Raises:
            Refused: All that wait are being worked on.
            RetryLater: The folder can't be written.
        """
        upload = Upload(self._entropy(8).hex(), self._folder)
        with self._lock, _disk_errors():
            uploads = self._open_uploads()
            idle = [each for each in uploads.values() if not each.status.working]
            if len(uploads) >= MOST_UPLOADS and not idle:
                raise Refused("import_busy", "Other files are being imported. Try again soon.")
            os.close(os.open(upload.path, os.O_CREAT | os.O_RDWR, 0o600))
            if len(uploads) >= MOST_UPLOADS:
                idle[0].remove()
                del uploads[idle[0].id]
            uploads[upload.id] = upload
        return upload

    def preview(self, id: str, dialect: Dialect | None = None) -> Preview:
        """Preview a file.

        Args:
            id: Of the upload.
            dialect: How it is to be read; None = find out, as it is read from then on by default.

        Raises:
            NotFound: There is no such upload.
            FixRequest: It is no table of text.
        """
        upload = self._upload(id)
        preview = preview_file(upload.path, dialect)
        upload.dialect = preview.dialect
        return preview

    def dialect(self, id: str) -> Dialect:
        """Return how a file was read last.

        Raises:
            NotFound: There is no such upload.
        """
        return self._upload(id).dialect

    def check(self, id: str, mapping: ColumnMapping) -> None:
        """Begin to find out what an import would do; nothing is listed.

        Raises:
            NotFound: There is no such upload.
            FixRequest: The mapping names something that is not there, or the file is busy.
        """
        upload, mapping = self._upload(id), self._checked(mapping)

        def job(progress: Progress) -> Figures:
            self._read(upload, mapping, progress)
            with self._database.attaching(upload.staging.path, {}, writing=False) as transaction:
                return compare(transaction, mapping, upload.found, progress)

        upload.work(job, lists=False)

    def run(self, id: str, mapping: ColumnMapping, at_most: int | None = None) -> None:
        """Begin to list a file's tickets, all of them in one transaction.

        Args:
            id: Of the upload.
            mapping: What its rows are.
            at_most: How many tickets may be cancelled; None = few.

        Raises:
            NotFound: There is no such upload.
            FixRequest: As `check`.
        """
        upload, mapping = self._upload(id), self._checked(mapping)
        functions = {"ticket_number": self._ticket_number}

        def job(progress: Progress) -> Figures:
            self._read(upload, mapping, progress)
            with self._database.attaching(
                upload.staging.path, functions, writing=True
            ) as transaction:
                figures = compare(transaction, mapping, upload.found, progress)
                check_cancellations(transaction, mapping, figures.cancelled, at_most)
                list_tickets(transaction, mapping.distributor, figures, progress)
                return figures

        upload.work(job, lists=True)

    def status(self, id: str) -> Status:
        """Return how an upload's work is.

        Raises:
            NotFound: There is no such upload.
        """
        return self._upload(id).status

    def problems(self, id: str, after: int, limit: int) -> list[tuple[int, Problem, str]]:
        """Return what is wrong with rows, by their numbers.

        Raises:
            NotFound: There is no such upload.
            Refused: It is being worked on, or was not read yet.
        """
        upload = self._upload(id)
        if upload.status.working or upload.read_as is None:
            raise busy()
        return upload.staging.problems(after, limit)

    def discard(self, id: str) -> bool:
        """Stop what is done with a file and delete it; return whether its tickets are listed.

        Raises:
            NotFound: There is no such upload.
            RetryLater: It can't be deleted.
        """
        upload = self._upload(id)
        upload.stop()
        with self._lock, _disk_errors():
            upload.remove()
            self._open_uploads().pop(id, None)
        return upload.status.listed

    def distributors(self) -> tuple[str, ...]:
        """Return the resellers that tickets are listed for, by name."""
        with self._database.read() as transaction:
            return _distributors(transaction)

    def latest(self, limit: int) -> tuple[FinishedImport, ...]:
        """Return the files that were listed last, newest first."""
        with self._database.read() as transaction:
            rows = transaction.rows("SELECT * FROM imports ORDER BY number DESC LIMIT ?", limit)
        return tuple(FinishedImport(*row) for row in rows)

    def drop_idle_uploads(self) -> None:
        """Delete files that nobody has asked for in an hour; called every five seconds.

        Raises:
            RetryLater: One can't be deleted; it is tried again.
        """
        with self._lock, _disk_errors():
            uploads = self._uploads or {}
            for upload in list(uploads.values()):
                upload.rounds_left -= 1
                if upload.rounds_left <= 0 and not upload.status.working:
                    upload.remove()
                    del uploads[upload.id]

    def close(self) -> None:
        """Stop all work and delete all files; what can't be deleted is at the next start."""
        with self._lock:
            for upload in (self._uploads or {}).values():
                upload.stop()
                with suppress(OSError):
                    upload.remove()
            self._uploads = None

    def _open_uploads(self) -> dict[str, Upload]:
        if self._uploads is None:
            self._folder.mkdir(mode=_PRIVATE, exist_ok=True)
            # Of a life before, which ended early.
            for left in self._folder.iterdir():
                left.unlink()
            self._uploads = {}
        return self._uploads

    def _upload(self, id: str) -> Upload:
        found = (self._uploads or {}).get(id)
        if found is None:
            raise NotFound("This file is not here any more. Hand it in again.")
        found.rounds_left = IDLE_ROUNDS
        return found

    def _checked(self, mapping: ColumnMapping) -> ColumnMapping:
        """Check that a mapping's numbers are known; a known distributor keeps its spelling."""
        with self._database.read() as transaction:
            names = CatalogueNames(transaction)
            if mapping.performance is not None:
                names.performance(str(mapping.performance))
                if mapping.zone is not None:
                    names.zone(mapping.performance, str(mapping.zone))
            if mapping.tariff is not None:
                names.tariff(str(mapping.tariff))
            for known in _distributors(transaction):
                if folded(known) == folded(mapping.distributor):
                    return replace(mapping, distributor=known)
        return mapping

    def _read(self, upload: Upload, mapping: ColumnMapping, progress: Progress) -> None:
        # What is cancelled is decided later; the rows are the same.
        mapping = replace(mapping, distributor="", cancel_missing=False)
        if upload.read_as == mapping:
            return
        upload.read_as = None
        with self._database.read() as transaction:
            names = CatalogueNames(transaction)
        upload.found = upload.staging.load(upload.path, mapping, names, progress)
        upload.read_as = mapping

    def _ticket_number(self, order: int, position: int) -> str:
        return ticket_number(order, position, self._entropy)


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RetryLater(
            "The folder of imports can't be written. Check the disk, then try again."
        ) from error


def _distributors(transaction: Transaction) -> tuple[str, ...]:
    rows = transaction.rows(
        "SELECT DISTINCT distributor FROM orders WHERE distributor <> '' ORDER BY distributor"
    )
    return tuple(row["distributor"] for row in rows)
