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

import json
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass

from validator.bounds import LONGEST_NUMBER, MOST_REPORTS
from validator.clock import Instant, iso
from validator.errors import RetryLater, WireError
from validator.keys import KeyRing
from validator.model import CheckInId, Entry, entry_key
from validator.ports import Changes, Outcome, Report
from validator.upstreams.boxoffice_rows import SOURCE, TicketRow, id_of, read_entry, read_ticket
from validator.upstreams.client import JsonClient
from validator.upstreams.sieve import MOST_ASIDE, set_aside
from validator.wire.fields import Fields

_log = logging.getLogger(__name__)

_NAME = "The box office"
_PAGE = 1000
_AHEAD = 1000


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
        """Fetch what is new, and look at a row again that is set aside; see `Upstream.changes`."""
        place = _Place.of(cursor)
        news = _News(self._ring)
        if place.aside:
            await self._look_again(place.aside[0], news)
        page = await self._page(place.at, _PAGE)
        if page.since == 0:
            # All is read anew, perhaps of another life of the box office.
            place, news = _Place(), _News(self._ring)
        for fields in page.ahead:
            news.take_ahead(fields)
        for row in page.rows:
            news.take(row, place.at)
        if not page.rows and not page.complete:
            raise WireError(f"{_NAME} says that there is more, and gives nothing.")
        aside = place.left(news)
        return Changes(
            cursor=_Place(page.cursor, aside).text,
            as_of=page.as_of if page.complete and not aside else None,
            more=not page.complete,
            entries=tuple(news.entries.values()),
            listings=tuple(row for ticket in news.tickets.values() for row in ticket.listings),
            revocations=tuple(
                row for ticket in news.tickets.values() for row in ticket.revocations
            ),
            lifted=tuple(row for ticket in news.tickets.values() for row in ticket.lifted),
            aside=set_aside({row.id: row.why for row in aside}),
        )

    async def _look_again(self, row: _Aside, news: _News) -> None:
        """Read a row again that is set aside; it stays so unless it can be read now."""
        since = _sequence(row.after)
        try:
            page = await self._page(row.after, row.sequence - since)
        except WireError:
            news.aside.append(row)
            return
        if page.since != since or not page.rows or page.rows[-1].sequence != row.sequence:
            news.aside.append(row)
            return
        news.take(page.rows[-1], row.after)

    async def _page(self, cursor: str, limit: int) -> _Page:
        answer = await self._client.get("/api/v1/changes", {"since": cursor, "limit": str(limit)})
        since = answer.integer("since", 0, 2**53)
        if since not in (0, _sequence(cursor)):
            raise WireError(f"{_NAME} answered for another cursor than it was asked for.")
        if since == 0 and _sequence(cursor) != 0:
            _log.warning("The box office does not know our cursor; all of it is read again.")
        complete = answer.flag("complete")
        return _Page(
            since,
            _numbered(since, answer.array("changes", limit)),
            tuple(answer.items("ahead", _AHEAD)) if answer.has("ahead") else (),
            answer.text("cursor", 64),
            answer.instant("as_of") if complete else None,
            complete,
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


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the feed; None = it is no object, or does not say which it is."""

    sequence: int
    fields: Fields | None


@dataclass(frozen=True, slots=True)
class _Page:
    since: int
    rows: tuple[_Row, ...]
    ahead: tuple[Fields, ...]
    cursor: str
    as_of: Instant | None
    complete: bool


@dataclass(frozen=True, slots=True)
class _Aside:
    """A row that can't be read.

    Args:
        after: Cursor of a page that it stands on.
        sequence: Its own.
        id: How people find it.
        why: What is wrong with it.
    """

    after: str
    sequence: int
    id: str
    why: str


@dataclass(frozen=True, slots=True)
class _Place:
    """How far the feed was read: its own cursor, with the rows that are set aside, if any.

    Args:
        at: Cursor of the feed; empty = the beginning.
        aside: The next one first that is looked at again.
    """

    at: str = ""
    aside: tuple[_Aside, ...] = ()

    @classmethod
    def of(cls, text: str) -> _Place:
        """Read a cursor of ours; one of another system is the feed's to judge."""
        if not text.startswith("{"):
            return cls(text)
        plain = json.loads(text)
        return cls(plain["at"], tuple(_Aside(*row) for row in plain["aside"]))

    @property
    def text(self) -> str:
        """The cursor to hand out."""
        if not self.aside:
            return self.at
        return json.dumps({"at": self.at, "aside": [astuple(row) for row in self.aside]})

    def left(self, news: _News) -> tuple[_Aside, ...]:
        """Return what is set aside after news was read, the first row of before among it.

        Raises:
            WireError: Too many rows can't be read.
        """
        rows = {row.id: row for row in (*self.aside[1:], *news.aside)}
        left = tuple(row for id, row in rows.items() if id not in news.read)
        if len(left) > MOST_ASIDE:
            raise WireError(
                f"More than {MOST_ASIDE} rows of the box office can't be read; nothing was changed."
                f" The last one: {left[-1].why}"
            )
        return left


class _News:
    """What rows of the feed say; of a thing that is told twice the last row counts."""

    def __init__(self, ring: KeyRing) -> None:
        self.entries: dict[str, Entry] = {}
        self.tickets: dict[str, TicketRow] = {}
        self.read: set[str] = set()
        self.aside: list[_Aside] = []
        self._ring = ring

    def take_ahead(self, fields: Fields) -> None:
        """Read a row whose turn is still to come; if it can't be read, that is told then."""
        with suppress(WireError):
            if fields.text("kind") == "ticket":
                number = fields.text("number", LONGEST_NUMBER)
                self.tickets[number] = read_ticket(fields, self._ring)

    def take(self, row: _Row, after: str) -> None:
        """Read a row of the page after a cursor, or set it aside."""
        id = id_of(row.fields, row.sequence) if row.fields else f"change {row.sequence}"
        try:
            if row.fields is None:
                raise WireError(f"{_NAME} told of something that is no numbered object.")
            self._read(row.fields)
        except WireError as error:
            self.read.discard(id)
            self.aside.append(_Aside(after, row.sequence, id, str(error)))
        else:
            self.read |= {id, f"change {row.sequence}"}

    def _read(self, row: Fields) -> None:
        kind = row.text("kind")
        if kind == "ticket":
            # A row that comes twice tells the same present state twice.
            self.tickets[row.text("number", LONGEST_NUMBER)] = read_ticket(row, self._ring)
        elif (entry := read_entry(kind, row)) is not None:
            self.entries[entry_key(entry)] = entry


def _sequence(cursor: str) -> int:
    asked = cursor.partition("-")[0]
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 20 else 0


def _numbered(since: int, plain: list[object]) -> tuple[_Row, ...]:
    """Look for a gap: a row that was left out might be a cancellation.

    Raises:
        WireError: There is one.
    """
    rows: list[_Row] = []
    for expected, item in enumerate(plain, since + 1):
        try:
            fields = Fields(item, WireError, f"{_NAME}'s change {expected}")
            sequence = fields.integer("sequence", 1, 2**53)
        except WireError:
            rows.append(_Row(expected, None))
            continue
        if sequence != expected:
            raise WireError(f"{_NAME} left out change {expected}; nothing was taken over.")
        rows.append(_Row(expected, fields))
    return tuple(rows)


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
