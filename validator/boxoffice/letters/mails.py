"""Letters to customers: kept with the order, then written to a folder that a mailer empties."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from sqlite3 import Row

from validator.boxoffice.database import Database, Transaction
from validator.boxoffice.letters.wording import Letter, LetterKind, write_letter
from validator.boxoffice.model import Order, Refused, SoldTicket, TicketState
from validator.boxoffice.records.catalogue import performance_of
from validator.boxoffice.records.order_rows import order_of
from validator.clock import Instant
from validator.disk.private_files import sync_folder, write_private
from validator.errors import FixRequest, RetryLater

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
"""Source: the HTML standard's valid e-mail address."""

_MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Mail:
    """A letter that was sent or waits for it.

    Args:
        kind: What it is about.
        at: When it was decided.
        letter: Its words.
        written: It stands in the outbox folder.
    """

    kind: LetterKind
    at: Instant
    letter: Letter
    written: bool


class Mails:
    """The outgoing letters.

    Args:
        database: Keeps them with their orders.
        folder: Gets one file `NUMBER-KIND.eml` each, readable by its owner only.
    """

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder

    def cancellation_letter(self, order: int, numbers: Sequence[str]) -> Letter | None:
        """Return the letter that tells a customer of cancelled tickets, for the operator to see.

        Args:
            order: Its number.
            numbers: Of its cancelled tickets.

        Returns:
            The letter, None if the customer has no address.

        Raises:
            FixRequest: One of them is not a cancelled ticket of this order.
        """
        with self._database.read() as transaction:
            return _cancellation_letter(transaction, order_of(transaction, order), numbers)

    def send_cancellation_letter(self, order: int, numbers: Sequence[str]) -> Letter:
        """Send the letter that `cancellation_letter` returns.

        Raises:
            FixRequest: As `cancellation_letter`, or the customer has no address.
        """
        with self._database.write() as transaction:
            found = order_of(transaction, order)
            letter = _cancellation_letter(transaction, found, numbers)
            if letter is None:
                raise Refused(
                    "no_address",
                    f"Order {order} has no e-mail address. Tell its customer else.",
                    order=order,
                )
            _keep(transaction, found, LetterKind.CANCELLED, letter)
            return letter

    def of(self, order: int) -> tuple[Mail, ...]:
        """Return the letters about an order, oldest first."""
        with self._database.read() as transaction:
            rows = transaction.rows(
                "SELECT * FROM mails WHERE order_number = ? ORDER BY number", order
            )
        return tuple(
            Mail(
                LetterKind(row["kind"]),
                row["at"],
                Letter(row["address"], row["language"], row["subject"], row["body"]),
                row["written"] is not None,
            )
            for row in rows
        )

    def deliver(self) -> int:
        """Write waiting letters to the folder; one that was written twice has the same name.

        Returns:
            How many were written.

        Raises:
            RetryLater: The folder can't be written now.
        """
        with self._database.read() as transaction:
            rows = transaction.rows(
                "SELECT * FROM mails WHERE written IS NULL ORDER BY number LIMIT ?", _MOST_AT_ONCE
            )
        if not rows:
            return 0
        with self._writing("written to"):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            sync_folder(self._folder.parent)
            for row in rows:
                write_private(self._path(row), _message(row))
        with self._database.write() as transaction:
            for row in rows:
                transaction.run(
                    "UPDATE mails SET written = ? WHERE number = ?", transaction.now, row["number"]
                )
        return len(rows)

    def erase(self, orders: Sequence[int]) -> None:
        """Erase the letters about orders, in the folder too.

        Raises:
            RetryLater: A file can't be deleted; all letters stay.
        """
        with self._database.write() as transaction, self._writing("deleted from"):
            for order in orders:
                rows = transaction.rows(
                    "SELECT number, kind FROM mails WHERE order_number = ?", order
                )
                for row in rows:
                    self._path(row).unlink(missing_ok=True)
                transaction.run("DELETE FROM mails WHERE order_number = ?", order)

    @contextmanager
    def _writing(self, done: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise RetryLater(
                f"Letters can't be {done} {self._folder.name} ({error.strerror}). They wait;"
                " check the disk."
            ) from error

    def _path(self, row: Row) -> Path:
        return self._folder / f"{row['number']:08d}-{row['kind']}.eml"


def enqueue_letter(
    transaction: Transaction,
    kind: LetterKind,
    order: Order,
    tickets: Sequence[SoldTicket],
    due: Instant | None = None,
) -> bool:
    """Let a letter go out with a change.

    Args:
        transaction: The change; if it is taken back, so is the letter.
        kind: What it is about.
        order: Whose customer gets it.
        tickets: Those that it names.
        due: By when it must be paid.

    Returns:
        Whether the customer has an address.
    """
    letter = _letter(transaction, kind, order, tickets, due)
    if letter is not None:
        _keep(transaction, order, kind, letter)
    return letter is not None


def _letter(
    transaction: Transaction,
    kind: LetterKind,
    order: Order,
    tickets: Sequence[SoldTicket],
    due: Instant | None = None,
) -> Letter | None:
    if not tickets or not _ADDRESS.fullmatch(order.email):
        return None
    shows = {ticket.scope: performance_of(transaction, ticket.scope) for ticket in tickets}
    return write_letter(kind, order, tickets, shows, due)


def _cancellation_letter(
    transaction: Transaction, order: Order, numbers: Sequence[str]
) -> Letter | None:
    wanted = {number.strip().upper() for number in numbers}
    gone = [
        ticket
        for ticket in order.tickets
        if ticket.number in wanted and ticket.state is TicketState.CANCELLED
    ]
    if not wanted or len(gone) < len(wanted):
        raise FixRequest(f"Name cancelled tickets of order {order.number} only.")
    return _letter(transaction, LetterKind.CANCELLED, order, gone)


def _keep(transaction: Transaction, order: Order, kind: LetterKind, letter: Letter) -> None:
    transaction.run(
        "INSERT INTO mails (order_number, kind, at, address, language, subject, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        order.number,
        kind,
        transaction.now,
        letter.address,
        letter.language,
        letter.subject,
        letter.body,
    )


def _message(row: Row) -> bytes:
    message = EmailMessage()
    message["To"] = row["address"]
    message["Subject"] = row["subject"]
    message["Date"] = datetime.fromtimestamp(row["at"] / 1000, UTC)
    message.set_content(row["body"])
    message["Content-Language"] = row["language"]
    return message.as_bytes()
