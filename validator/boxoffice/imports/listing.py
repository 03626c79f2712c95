"""Lists what a comparison has found, in one transaction."""

from __future__ import annotations

from validator.boxoffice.database import Transaction
from validator.boxoffice.imports.comparison import Figures
from validator.boxoffice.imports.progress import Phase, Progress
from validator.boxoffice.model import Refund
from validator.boxoffice.records.order_rows import Buyer, add_order, ticket_of
from validator.boxoffice.selling.cancellation import cancel_ticket
from validator.boxoffice.selling.orders import MOST_ITEMS

_SLICE = 10_000
"""Tickets of one step."""

_CANCELLED_AT_ONCE = 200

_NUMBERS = """
    UPDATE aside.fresh SET number = ticket_number(:order + (place - 1) / :items,
        (place - 1) % :items + 1) WHERE place BETWEEN :first AND :last
"""

_TICKETS = """
    INSERT INTO tickets (number, id, order_number, position, scope, tariff, zone, seat, admits,
        since)
    SELECT number, 'boxoffice:' || number, :order + (place - 1) / :items,
        (place - 1) % :items + 1, scope, tariff, zone, seat, 1, :now
    FROM aside.fresh WHERE place BETWEEN :first AND :last ORDER BY place
"""

_CODES = """
    INSERT INTO codes (scope, text, ticket, symbology, at)
    SELECT scope, text, number, symbology, :now
    FROM aside.fresh WHERE place BETWEEN :first AND :last ORDER BY place
"""

_HISTORY = """
    INSERT INTO history (ticket, at, what, details)
    SELECT number, :now, 'listed',
        json_object('distributor', :distributor, 'import', :import, 'row', row)
    FROM aside.fresh WHERE place BETWEEN :first AND :last ORDER BY place
"""

_CHANGES = """
    INSERT INTO changes (sequence, kind, key) SELECT :sequence + place, 'ticket', number
    FROM aside.fresh WHERE place BETWEEN :first AND :last ORDER BY place
"""


def list_tickets(
    transaction: Transaction, distributor: str, figures: Figures, progress: Progress
) -> None:
    """List the new tickets, and cancel what was taken back.

    Cancellations come first in the changes, so that control need not read a long list first.

    Args:
        transaction: After `compare`; its connection has the function `ticket_number`.
        distributor: Who sold them.
        figures: Of the comparison.
        progress: Is told, and may stop it.
    """
    transaction.run(
        "INSERT INTO imports (at, distributor, found, listed, known, cancelled, troubled)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        transaction.now,
        distributor,
        figures.found,
        figures.listed,
        figures.known,
        figures.cancelled,
        sum(figures.problems.values()),
    )
    number = transaction.value("SELECT max(number) FROM imports")
    _cancel(transaction, f"Taken back by {distributor}", progress)
    if not figures.listed:
        return
    if _new_shapes(transaction):
        transaction.append_change("source", "")
    buyer = Buyer(distributor, distributor=distributor)
    orders = [add_order(transaction, buyer) for _ in range(0, figures.listed, MOST_ITEMS)]
    transaction.run("UPDATE orders SET import = ? WHERE number >= ?", number, orders[0])
    values: dict[str, object] = {
        "order": orders[0],
        "items": MOST_ITEMS,
        "now": transaction.now,
        "distributor": distributor,
        "import": number,
        "sequence": transaction.value("SELECT max(sequence) FROM changes"),
    }
    for first in range(1, figures.listed + 1, _SLICE):
        progress.report(Phase.WRITING, (first - 1) / figures.listed)
        part = values | {"first": first, "last": first + _SLICE - 1}
        for step in (_NUMBERS, _TICKETS, _CODES, _HISTORY, _CHANGES):
            transaction.run_named(step, part)
    progress.report(Phase.WRITING, 1.0)
    transaction.changes += figures.listed


def _cancel(transaction: Transaction, reason: str, progress: Progress) -> None:
    last = ""
    while rows := transaction.rows(
        "SELECT ticket FROM aside.gone WHERE ticket > ? ORDER BY ticket LIMIT ?",
        last,
        _CANCELLED_AT_ONCE,
    ):
        progress.report(Phase.WRITING, 0.0)
        for row in rows:
            last = row["ticket"]
            cancel_ticket(transaction, ticket_of(transaction, last), Refund.NONE, reason)


def _new_shapes(transaction: Transaction) -> bool:
    shapes = transaction.rows("SELECT DISTINCT symbology, length(text) AS n FROM aside.fresh")
    return not all(
        transaction.row(
            "SELECT 1 FROM codes WHERE serial IS NULL AND symbology = ? AND length(text) = ?",
            row["symbology"],
            row["n"],
        )
        for row in shapes
    )
