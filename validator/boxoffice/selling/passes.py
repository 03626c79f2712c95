"""Passes: subscriptions that open several performances, and single ones that are disabled."""

from __future__ import annotations

from dataclasses import replace

from validator.boxoffice.database import Database, Transaction
from validator.boxoffice.model import Refused, SoldTicket, TicketState
from validator.boxoffice.records.catalogue import is_pass, performance_of, put_performance_row
from validator.boxoffice.records.order_rows import ticket_of
from validator.boxoffice.selling.cancellation import check_reason
from validator.errors import FixRequest
from validator.model import Pass

MOST_PERFORMANCES = 1000
"""Performances that one pass may open."""

NEW_PASS = 0
"""Scope of a pass that has no number yet."""


class Passes:
    """The passes on sale. A sold one is a ticket whose `scope` is its pass."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, card: Pass) -> Pass:
        """Add a pass, or change what it opens and its limits; control hears of it at once.

        Args:
            card: Its scope is `NEW_PASS`, or that of a pass that is there.

        Returns:
            The pass with its number.

        Raises:
            FixRequest: It opens nothing or something that is not there, chooses more than it
                opens, or a limit is below 1.
        """
        scopes = tuple(sorted(set(card.performances)))
        limits = (card.limit, card.per_day, card.per_performance, card.choice)
        if any(limit is not None and limit < 1 for limit in limits):
            raise FixRequest("A pass's limits must be at least 1. Leave one out to have no limit.")
        if not 1 <= len(scopes) <= MOST_PERFORMANCES:
            raise FixRequest(f"A pass opens 1 to {MOST_PERFORMANCES} performances.")
        if card.choice is not None and card.choice > len(scopes):
            raise FixRequest(f"A choice of {card.choice} is more than the pass opens.")
        with self._database.write() as transaction:
            scope = self._number(transaction, card.scope)
            card = replace(card, scope=scope, performances=scopes)
            _write(transaction, card)
            return card

    def all(self) -> tuple[Pass, ...]:
        """Return every pass, by number."""
        with self._database.read() as transaction:
            rows = transaction.rows("SELECT scope FROM passes ORDER BY scope")
            return tuple(pass_of(transaction, row["scope"]) for row in rows)

    def disable(self, number: str, reason: str) -> SoldTicket:
        """Suspend one sold pass: control refuses it until it is enabled.

        Args:
            number: As printed.
            reason: 1 to 200 characters.

        Raises:
            FixRequest: It is no pass, is not valid, or is disabled already.
        """
        check_reason(reason)
        with self._database.write() as transaction:
            ticket = _sold(transaction, number)
            if ticket.disabled:
                raise Refused(
                    "disabled_already",
                    f"Pass {ticket.number} is disabled already.",
                    ticket=ticket.number,
                )
            transaction.run("UPDATE tickets SET disabled = 1 WHERE number = ?", ticket.number)
            transaction.append_history(ticket.number, "disabled", {"reason": reason})
            return ticket_of(transaction, ticket.number)

    def enable(self, number: str) -> SoldTicket:
        """Let a disabled pass in again.

        Raises:
            FixRequest: It is no pass, is not valid, or is not disabled.
        """
        with self._database.write() as transaction:
            ticket = _sold(transaction, number)
            if not ticket.disabled:
                raise Refused(
                    "not_disabled",
                    f"Pass {ticket.number} is not disabled.",
                    ticket=ticket.number,
                )
            transaction.run(
                "UPDATE tickets SET disabled = 0, reactivated = 1 WHERE number = ?", ticket.number
            )
            transaction.append_history(ticket.number, "enabled")
            return ticket_of(transaction, ticket.number)

    def _number(self, transaction: Transaction, scope: int) -> int:
        if scope == NEW_PASS:
            return int(transaction.value("SELECT ifnull(max(scope), 0) + 1 FROM performances"))
        if not is_pass(transaction, scope):
            raise FixRequest(f"There is no pass {scope}. Leave its number out to add one.")
        return scope


def pass_of(transaction: Transaction, scope: int) -> Pass:
    """Return a pass.

    Raises:
        FixRequest: There is none with this number.
    """
    row = transaction.row("SELECT * FROM passes WHERE scope = ?", scope)
    if row is None:
        raise FixRequest(f"There is no pass {scope}.")
    opened = transaction.rows(
        "SELECT scope FROM pass_performances WHERE pass = ? ORDER BY scope", scope
    )
    return Pass(
        scope=scope,
        name=performance_of(transaction, scope).name,
        performances=tuple(each["scope"] for each in opened),
        limit=row["entries"],
        per_day=row["per_day"],
        per_performance=row["per_performance"],
        choice=row["choice"],
    )


def _write(transaction: Transaction, card: Pass) -> None:
    opened = [performance_of(transaction, scope) for scope in card.performances]
    if any(is_pass(transaction, show.scope) for show in opened):
        raise FixRequest("A pass opens performances, not other passes.")
    first = min(opened, key=lambda show: show.start)
    put_performance_row(
        transaction,
        replace(first, scope=card.scope, name=card.name, end=max(show.end for show in opened)),
    )
    transaction.run(
        "INSERT INTO passes VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " entries = excluded.entries, per_day = excluded.per_day,"
        " per_performance = excluded.per_performance, choice = excluded.choice",
        card.scope,
        card.limit,
        card.per_day,
        card.per_performance,
        card.choice,
    )
    transaction.run("DELETE FROM pass_performances WHERE pass = ?", card.scope)
    for scope in card.performances:
        transaction.run("INSERT INTO pass_performances VALUES (?, ?)", card.scope, scope)
    transaction.append_change("pass", card.scope)


def _sold(transaction: Transaction, number: str) -> SoldTicket:
    ticket = ticket_of(transaction, number)
    if not is_pass(transaction, ticket.scope):
        raise FixRequest(f"Ticket {ticket.number} is no pass. Cancel it instead.")
    if ticket.state is not TicketState.VALID:
        raise FixRequest(f"Pass {ticket.number} is {ticket.state}.")
    return ticket
