"""The embedded box office as an upstream, over its HTTP API.

It expresses everything that entrance control reports:

    ============================  ==========================================
    check-in                      in the box office
    ============================  ==========================================
    entry, exit, count            `direction`, `count`
    refusal                       kept in the ticket's history, counts nobody
    undo, hold, confirm, release  `kind` with `of`
    override by a supervisor      `override`
    ============================  ==========================================
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from validator.bounds import LONGEST_NUMBER, MOST_REPORTS
from validator.clock import iso
from validator.errors import RetryLater, WireError
from validator.keys import KeyRing
from validator.model import CheckInId, Entry, entry_key
from validator.ports import Changes, Outcome, Report
from validator.upstreams.boxoffice_rows import SOURCE, TicketRow, read_entry, read_ticket
from validator.upstreams.client import JsonClient
from validator.wire.fields import Fields

_log = logging.getLogger(__name__)

_NAME = "The box office"
_PAGE = 1000


class BoxOfficeUpstream:
    """Implements `validator.ports.Upstream`.

    Args:
        url: Where the box office's application is, such as `http://127.0.0.1:8080/boxoffice`.
        key: Its bearer key.
        ring: Hides plain codes; its issuer keys are not used.
        timeout_s: Seconds that a call may take.
    """

    def __init__(self, url: str, key: str, ring: KeyRing, timeout_s: float = 20.0) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        self._client = JsonClient(_NAME, url, headers, timeout_s)
        self._ring = KeyRing({}, ring.code_key)

    @property
    def source(self) -> str:
        """Id of the source: `boxoffice`."""
        return SOURCE

    @property
    def alarms(self) -> tuple[str, ...]:
        """Nothing: what goes wrong is raised."""
        return ()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def changes(self, cursor: str) -> Changes:
        """Fetch what is new; see `Upstream.changes`."""
        query = {"since": cursor, "limit": str(_PAGE)}
        page = await self._client.get("/api/v1/changes", query)
        rows = page.items("changes", _PAGE)
        since = page.integer("since", 0, 2**53)
        _check_numbers(cursor, since, rows)
        entries: dict[str, Entry] = {}
        tickets: dict[str, TicketRow] = {}
        for row in rows:
            kind = row.text("kind")
            if kind == "ticket":
                # A row that comes twice tells the same present state twice.
                tickets[row.text("number", LONGEST_NUMBER)] = read_ticket(row, self._ring)
            elif (entry := read_entry(kind, row)) is not None:
                entries[entry_key(entry)] = entry
        complete = page.flag("complete")
        if not rows and not complete:
            raise WireError(f"{_NAME} says that there is more, and gives nothing.")
        return Changes(
            cursor=page.text("cursor", 64),
            as_of=page.instant("as_of") if complete else None,
            more=not complete,
            entries=tuple(entries.values()),
            listings=tuple(listing for row in tickets.values() for listing in row.listings),
            revocations=tuple(revoked for row in tickets.values() for revoked in row.revocations),
            lifted=tuple(target for row in tickets.values() for target in row.lifted),
        )

    async def report(self, reports: Sequence[Report]) -> Sequence[Outcome]:
        """Hand over check-ins; see `Upstream.report`."""
        outcomes: list[Outcome] = []
        for start in range(0, len(reports), MOST_REPORTS):
            outcomes += await self._report(reports[start : start + MOST_REPORTS])
        return outcomes

    async def _report(self, reports: Sequence[Report]) -> list[Outcome]:
        body = {"check_ins": [check_in_json(report) for report in reports]}
        try:
            answer = await self._client.post("/api/v1/check-ins", body)
            outcomes = [_outcome(item) for item in answer.items("outcomes", MOST_REPORTS)]
        except WireError as error:
            raise RetryLater(f"Check-ins were not taken: {error}") from error
        if [outcome.id for outcome in outcomes] != [report.check_in.id for report in reports]:
            raise RetryLater(f"{_NAME} answered for other check-ins than it was sent.")
        return outcomes


def _check_numbers(cursor: str, since: int, rows: Sequence[Fields]) -> None:
    """Look for a gap: a row that was left out might be a cancellation."""
    asked = cursor.partition("-")[0]
    if since != 0 and str(since) != asked:
        raise WireError(f"{_NAME} answered for another cursor than it was asked for.")
    if since == 0 and asked not in ("", "0"):
        _log.warning("The box office does not know our cursor; all of it is read again.")
    for expected, row in enumerate(rows, since + 1):
        if row.integer("sequence", 1, 2**53) != expected:
            raise WireError(f"{_NAME} left out change {expected}; nothing was taken over.")


def check_in_json(report: Report) -> dict[str, object]:
    """Return a check-in as the box office takes it: without codes."""
    check_in = report.check_in
    return {
        "id": check_in.id,
        "kind": check_in.kind.value,
        "at": iso(check_in.corrected),
        "device": check_in.device,
        "gate": check_in.gate,
        "performance": check_in.performance,
        "direction": check_in.direction.value,
        "decision": check_in.decision.value,
        "reason": check_in.reason.value,
        "assurance": check_in.assurance.value,
        "count": check_in.count,
        "by": check_in.by.value,
        "of": check_in.of,
        "override": check_in.override_by,
        "ticket": check_in.ticket,
        "number": report.number,
    }


def _outcome(item: Fields) -> Outcome:
    return Outcome(
        id=CheckInId(item.maybe_text("id", 64) or ""),
        accepted=item.flag("accepted"),
        why=item.maybe_text("why", 1000) or "",
    )
