"""What a file's rows change in the box office: found out first, with nothing changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from validator.boxoffice.database import Transaction
from validator.boxoffice.imports.mapping import ColumnMapping
from validator.boxoffice.imports.problems import READABLE, Problem
from validator.boxoffice.imports.progress import Phase, Progress
from validator.boxoffice.model import Refused

_FEW = 20
_SHARE = 100
"""So many cancellations, or one ticket in so many, need no further word."""

_TABLES = """
    CREATE TABLE IF NOT EXISTS aside.met (row INTEGER, ticket TEXT, own INTEGER, state TEXT,
        same INTEGER, withdrawn INTEGER, distributor TEXT, scope INTEGER);
    CREATE INDEX IF NOT EXISTS aside.met_by_row ON met (row);
    CREATE TABLE IF NOT EXISTS aside.gone (ticket TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS aside.fresh (place INTEGER PRIMARY KEY, text TEXT, row INTEGER,
        scope INTEGER, tariff INTEGER, zone INTEGER, seat TEXT, symbology TEXT, number TEXT);
    DELETE FROM aside.met;
    DELETE FROM aside.gone;
    DELETE FROM aside.fresh;
    DELETE FROM aside.problems WHERE compared;
"""

_MET = """
    INSERT INTO aside.met
    SELECT staged.row, tickets.number,
        orders.distributor = :distributor AND codes.scope = staged.scope, tickets.state,
        tickets.tariff = staged.tariff AND tickets.zone IS staged.zone
            AND tickets.seat IS staged.seat,
        staged.withdrawn, orders.distributor, codes.scope
    FROM aside.staged CROSS JOIN codes ON codes.text = staged.text AND codes.serial IS NULL
    CROSS JOIN tickets ON tickets.number = codes.ticket
    CROSS JOIN orders ON orders.number = tickets.order_number
    CROSS JOIN performances ON performances.scope = codes.scope
    WHERE codes.scope = staged.scope OR performances.finish > :now
"""
"""A lane looks a code up by its text alone, so one text is one ticket of all that is still on."""

_FOREIGN = """
    INSERT OR IGNORE INTO aside.problems
    SELECT row, iif(distributor = :distributor, 'elsewhere', 'distributor'),
        iif(distributor = :distributor, scope, distributor), 1
    FROM aside.met WHERE row NOT IN (SELECT row FROM aside.met WHERE own)
"""

_KNOWN = """
    INSERT OR IGNORE INTO aside.problems
    SELECT row, iif(state = 'valid', 'differs', 'taken_back'), ticket, 1
    FROM aside.met WHERE own AND NOT withdrawn AND (state <> 'valid' OR NOT same)
"""

_WITHDRAWN = """
    INSERT INTO aside.gone
    SELECT DISTINCT ticket FROM aside.met WHERE own AND withdrawn AND state = 'valid'
"""

_MISSING = """
    INSERT OR IGNORE INTO aside.gone
    SELECT tickets.number FROM orders CROSS JOIN tickets ON tickets.order_number = orders.number
    WHERE orders.distributor = :distributor AND tickets.state = 'valid'
        AND tickets.scope IN (SELECT scope FROM aside.staged)
        AND NOT EXISTS (SELECT 1 FROM codes JOIN aside.staged USING (text)
            WHERE codes.ticket = tickets.number)
"""

_SEAT_SOLD = """
    INSERT OR IGNORE INTO aside.problems
    SELECT staged.row, 'seat_sold', tickets.number, 1
    FROM aside.staged CROSS JOIN tickets ON tickets.scope = staged.scope
        AND ifnull(tickets.zone, -1) = ifnull(staged.zone, -1) AND tickets.seat = staged.seat
        AND tickets.state = 'valid'
    WHERE staged.seat IS NOT NULL AND NOT staged.withdrawn
        AND staged.row NOT IN (SELECT row FROM aside.met)
        AND tickets.number NOT IN (SELECT ticket FROM aside.gone)
"""

_SEAT_TWICE = """
    INSERT OR IGNORE INTO aside.problems
    SELECT row, 'seat_twice', '', 1 FROM (
        SELECT row, row_number() OVER (PARTITION BY scope, zone, seat ORDER BY row) AS place
        FROM aside.staged WHERE seat IS NOT NULL AND NOT withdrawn
            AND row NOT IN (SELECT row FROM aside.met))
    WHERE place > 1
"""

_FRESH = """
    INSERT INTO aside.fresh (text, row, scope, tariff, zone, seat, symbology)
    SELECT text, row, scope, tariff, zone, seat, symbology FROM aside.staged
    WHERE NOT withdrawn AND row NOT IN (SELECT row FROM aside.met)
        AND row NOT IN (SELECT row FROM aside.problems WHERE compared) ORDER BY text
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """What an import does, or has done.

    Args:
        found: Rows that are not blank.
        listed: New tickets.
        known: Rows whose tickets were listed before.
        cancelled: Tickets that the distributor took back.
        problems: Rows by what is wrong with them.
    """

    found: int
    listed: int
    known: int
    cancelled: int
    problems: Mapping[Problem, int]


def compare(
    transaction: Transaction, mapping: ColumnMapping, found: int, progress: Progress
) -> Figures:
    """Write down in the tables of `aside` what would change.

    Args:
        transaction: With the file's staging as `aside`.
        mapping: What the rows are.
        found: Rows that were read.
        progress: Is told, and may stop it.

    Raises:
        Refused: Nobody can say what is missing, since some rows can't be read.
    """
    for table in _TABLES.split(";")[:-1]:
        transaction.run(table)
    values = {"distributor": mapping.distributor, "now": transaction.now}
    steps = [_MET, _FOREIGN, _KNOWN, _WITHDRAWN]
    if mapping.cancel_missing:
        _refuse_unreadable(transaction)
        steps.append(_MISSING)
    steps += [_SEAT_SOLD, _SEAT_TWICE, _FRESH]
    for place, step in enumerate(steps):
        progress.report(Phase.COMPARING, place / len(steps))
        transaction.run_named(step, values)
    problems = transaction.rows("SELECT word, count(*) FROM aside.problems GROUP BY word")
    return Figures(
        found,
        transaction.value("SELECT count(*) FROM aside.fresh"),
        transaction.value("SELECT count(DISTINCT row) FROM aside.met WHERE own AND NOT withdrawn"),
        transaction.value("SELECT count(*) FROM aside.gone"),
        {Problem(word): count for word, count in problems},
    )


def check_cancellations(
    transaction: Transaction, mapping: ColumnMapping, count: int, at_most: int | None
) -> None:
    """Make sure that somebody wants so many tickets cancelled.

    Args:
        transaction: After `compare`.
        mapping: What the rows are.
        count: Of tickets that would be cancelled.
        at_most: How many somebody agreed to; None = few.

    Raises:
        Refused: They are more.
    """
    if at_most is None:
        listed = transaction.value(
            "SELECT count(*) FROM orders JOIN tickets ON order_number = orders.number"
            " WHERE distributor = ? AND state = 'valid' AND scope IN"
            " (SELECT scope FROM aside.staged)",
            mapping.distributor,
        )
        at_most = max(_FEW, listed // _SHARE)
    if count > at_most:
        raise Refused(
            "many_cancelled",
            f"{count:,} tickets of {mapping.distributor} would be cancelled, more than {at_most:,}."
            " Look at the preview; if that is right, say that so many may be cancelled.",
            count=count,
            most=at_most,
        )


def _refuse_unreadable(transaction: Transaction) -> None:
    marks = ", ".join("?" * len(READABLE))
    bad = transaction.value(
        f"SELECT count(*) FROM aside.problems WHERE NOT compared AND word NOT IN ({marks})",
        *READABLE,
    )
    if bad:
        raise Refused(
            "unreadable_rows",
            f"{bad:,} rows can't be read, so nobody can say which tickets are missing in the file."
            " Mend them, or import without cancelling what is missing.",
            count=bad,
        )
    if not transaction.value("SELECT count(*) FROM aside.staged"):
        raise Refused("no_rows", "The file lists no ticket at all, so none is called missing.")
