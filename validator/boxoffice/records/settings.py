"""What an organiser decides: invoices, reminders, commission."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

from validator.boxoffice.database import Database, Transaction
from validator.errors import FixRequest

_HIGHEST = {
    "invoice_days_before": 365,
    "reminder_days": 90,
    "reminders": 10,
    "commission_cents": 100_000,
    "commission_permille": 1000,
}


@dataclass(frozen=True, slots=True)
class OfficeSettings:
    """The organiser's decisions.

    Args:
        invoice_days_before: Payment by invoice is offered up to so many days before the doors
            open, 0 to 365; 0 = always.
        reminder_days: Days from the order to its first reminder, and by which each reminder
            extends the deadline, 1 to 90.
        reminders: Before an unpaid order is cancelled, 0 to 10.
        commission_cents: The ticketing's commission on each ticket, 0 to 100,000.
        commission_permille: Its share of the price, 0 to 1000.
    """

    invoice_days_before: int = 0
    reminder_days: int = 10
    reminders: int = 2
    commission_cents: int = 0
    commission_permille: int = 0

    def commission(self, price: int) -> int:
        """Return the commission on a ticket, in cents, rounded down.

        Args:
            price: In cents.
        """
        return self.commission_cents + price * self.commission_permille // 1000


class SettingsStore:
    """The settings in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self) -> OfficeSettings:
        """Return them."""
        with self._database.read() as transaction:
            return settings_of(transaction)

    def put(self, settings: OfficeSettings) -> None:
        """Decide anew; a deadline that was told to a customer stays as it was told.

        Raises:
            FixRequest: A number is out of range.
        """
        for name, value in asdict(settings).items():
            low = 1 if name == "reminder_days" else 0
            if not low <= value <= _HIGHEST[name]:
                raise FixRequest(f"'{name}' must be from {low} to {_HIGHEST[name]}.")
        with self._database.write() as transaction:
            for name, value in asdict(settings).items():
                transaction.run("INSERT OR REPLACE INTO settings VALUES (?, ?)", name, value)


def settings_of(transaction: Transaction) -> OfficeSettings:
    """Return the settings; what was never decided is as it is by default."""
    held = {row["name"]: row["value"] for row in transaction.rows("SELECT * FROM settings")}
    known = {field.name for field in fields(OfficeSettings)}
    return OfficeSettings(**{name: value for name, value in held.items() if name in known})
