"""A file that is being imported, and what is done with it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from validator.boxoffice.imports.comparison import Figures
from validator.boxoffice.imports.dialect import Dialect
from validator.boxoffice.imports.mapping import ColumnMapping
from validator.boxoffice.imports.progress import Progress
from validator.boxoffice.imports.staging import Staging
from validator.boxoffice.model import Refused
from validator.errors import RetryLater, ValidatorError

IDLE_ROUNDS = 720
"""Rounds of the office's chores, one every five seconds, after which an idle file is deleted."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Status:
    """How an upload's work is.

    Args:
        working: Something is being done.
        progress: Of the last work; None = there was none.
        figures: What it found; None = it is not done.
        listed: They stand in the box office.
        error: Why it ended early.
    """

    working: bool
    progress: Progress | None
    figures: Figures | None
    listed: bool
    error: ValidatorError | None


def busy() -> Refused:
    """Return the error for what must wait until a file's work is done."""
    return Refused("import_busy", "This file is being read. Wait for its end, or stop it.")


class Upload:
    """One file and its work; one thread works on it at a time.

    Args:
        id: In URLs.
        folder: Gets the file and its staging.
    """

    def __init__(self, id: str, folder: Path) -> None:
        self.id = id
        self.path = folder / f"{id}.csv"
        self.staging = Staging(folder / f"{id}.sqlite")
        self.dialect = Dialect()
        self.read_as: ColumnMapping | None = None
        self.found = 0
        self.rounds_left = IDLE_ROUNDS
        self._thread: threading.Thread | None = None
        self._progress: Progress | None = None
        self._figures: Figures | None = None
        self._listed = False
        self._error: ValidatorError | None = None

    @property
    def status(self) -> Status:
        """How its work is now."""
        working = self._thread is not None and self._thread.is_alive()
        return Status(working, self._progress, self._figures, self._listed, self._error)

    def work(self, job: Callable[[Progress], Figures], lists: bool) -> None:
        """Begin a piece of work in a thread of its own.

        Args:
            job: Does it.
            lists: It changes the box office.

        Raises:
            Refused: The last one is not done yet.
        """
        if self.status.working:
            raise busy()
        progress = self._progress = Progress()
        self._figures = self._error = None
        self._thread = threading.Thread(
            target=self._do, args=(job, lists, progress), name=f"import-{self.id}"
        )
        self._thread.start()

    def stop(self) -> None:
        """End the work and wait for its end."""
        if self._progress is not None:
            self._progress.stop()
        if self._thread is not None:
            self._thread.join()

    def remove(self) -> None:
        """Delete its files."""
        self.path.unlink(missing_ok=True)
        self.staging.path.unlink(missing_ok=True)

    def _do(self, job: Callable[[Progress], Figures], lists: bool, progress: Progress) -> None:
        try:
            self._figures = job(progress)
            self._listed = self._listed or lists
        except ValidatorError as error:
            self._error = error
        except Exception as error:
            # Its text may hold a code.
            _log.error("An import ended with a fault of ours: %s", type(error).__name__)
            self._error = RetryLater("The import failed by a fault of ours; nothing was listed.")
