"""What the lane has just done: its last scan, and admissions that a crash interrupted."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

from validator.model import CheckIn, CheckInId, CodeId, Decision, Kind, LastScan, TicketId


class Recent:
    """Kept in memory; what a crash interrupted is found in the journal when the cache is opened.

    Args:
        interrupted: Admissions on disk that were never lit, or that wait for a passage; the
            oldest first.
    """

    def __init__(self, interrupted: Mapping[CheckInId, CheckIn]) -> None:
        self._open = dict(interrupted)
        self._last: LastScan | None = None
        self._last_id: CheckInId | None = None

    @property
    def last(self) -> LastScan | None:
        """The previous scan, whatever its verdict; a repeat leaves the scan that it repeats."""
        return self._last

    def open_for(self, names: AbstractSet[TicketId], code: CodeId | None) -> CheckIn | None:
        """Return the latest admission of a ticket that a crash interrupted.

        Args:
            names: Names of the ticket.
            code: What was scanned, None for a typed number.
        """
        for check_in in reversed(self._open.values()):
            if check_in.ticket in names or (code is not None and check_in.code == code):
                return check_in
        return None

    def lit(self, id: CheckInId) -> None:
        """Take in that a verdict was shown."""
        self._open.pop(id, None)

    def take(self, check_in: CheckIn) -> None:
        """Take in an event that is on disk."""
        if check_in.kind in (Kind.SHOWN, Kind.HOLD, Kind.RESUMED):
            if check_in.decision is not Decision.REPEAT:
                passed = check_in.decision in (Decision.ADMIT, Decision.CHECK)
                self._last = LastScan(check_in.code, check_in.direction, check_in.corrected, passed)
                resumed = check_in.of if check_in.kind is Kind.RESUMED else None
                self._last_id = resumed or check_in.id
        elif check_in.kind is not Kind.CONFIRM and check_in.of == self._last_id and self._last:
            self._last = replace(self._last, passed=False)
        if check_in.of is not None:
            self._open.pop(check_in.of, None)
