"""The box office: everything that an organiser sells and takes back, in one data directory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from validator.boxoffice.change_feed import ChangeFeed
from validator.boxoffice.database import Database
from validator.boxoffice.idempotency import IdempotencyKeys
from validator.boxoffice.imports.importer import Importer
from validator.boxoffice.letters.mails import Mails
from validator.boxoffice.letters.prints import Prints
from validator.boxoffice.records.catalogue import Catalogue, Event
from validator.boxoffice.records.check_ins import CheckIns
from validator.boxoffice.records.issuer import Issuer
from validator.boxoffice.records.offers import Offers
from validator.boxoffice.records.program import Program
from validator.boxoffice.records.settings import SettingsStore
from validator.boxoffice.selling.accounts import Accounts
from validator.boxoffice.selling.invoices import Invoices
from validator.boxoffice.selling.orders import Orders
from validator.boxoffice.selling.passes import Passes
from validator.boxoffice.selling.search import Search
from validator.boxoffice.selling.tickets import Tickets
from validator.clock import Clock
from validator.errors import FixConfig

MAILS_FOLDER = "mails"
"""Folder below the data directory that gets the letters."""

IMPORTS_FOLDER = "imports"
"""Folder below the data directory that gets resellers' files while they are imported."""


class BoxOffice:
    """An open box office; made by `open`. Its parts may be used from several threads.

    Attributes:
        catalogue: Events, performances, zones, tariffs.
        orders: Selling, listing, payment, cancelling whole.
        tickets: Cancelling singly, reactivating, reissuing, exchanging, history, pictures.
        changes: The feed that the gateway follows.
        check_ins: What the gateway sends back.
        issuer: The keys that sign tickets.
        settings: What the organiser decides.
        mails: Letters to customers.
        invoices: Reminding, cancelling and remaking what is not paid.
        accounts: Money, by performance.
        passes: Subscriptions, and single ones disabled.
        prints: Tickets on paper, as PDF.
        offers: What is on sale, and for how much.
        idempotency_keys: Changes that are made once, however often they are asked for.
        search: Orders, as people ask for them.
        importer: Files of tickets that resellers sold.
    """

    def __init__(self, database: Database, folder: Path, entropy: Callable[[int], bytes]) -> None:
        self.database = database
        self.changes = ChangeFeed(database)
        self.issuer = Issuer(database, folder, entropy)
        self.catalogue = Catalogue(database)
        self.check_ins = CheckIns(database)
        self.settings = SettingsStore(database)
        self.mails = Mails(database, folder / MAILS_FOLDER)
        self.orders = Orders(database, self.issuer, self.mails, entropy)
        self.invoices = Invoices(database, self.issuer, entropy)
        self.accounts = Accounts(database)
        self.passes = Passes(database)
        self.prints = Prints(database)
        self.offers = Offers(database)
        self.idempotency_keys = IdempotencyKeys(database)
        self.search = Search(database)
        self.importer = Importer(database, folder / IMPORTS_FOLDER, entropy)
        self.tickets = Tickets(database, self.issuer, self.check_ins, entropy)

    @classmethod
    def open(cls, folder: Path, clock: Clock, entropy: Callable[[int], bytes]) -> BoxOffice:
        """Open the box office of a data directory, or start a new one there.

        Args:
            folder: Gets `boxoffice.sqlite` and `issuer-KID.key`, readable by their owner only.
            clock: Stamps what happens.
            entropy: Returns so many random bytes (`os.urandom`).

        Raises:
            FixConfig: The directory can't be used.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FixConfig(f"The data directory can't be made ({error}).") from error
        return cls(Database(folder / "boxoffice.sqlite", clock), folder, entropy)

    def on_change(self, told: Callable[[], None]) -> None:
        """Set what is called after each committed change, in the thread that changed it."""
        self.database.on_change = told

    def announce(self, program: Program) -> Event:
        """Add an event with what is on sale, or change it; all of it or nothing.

        Raises:
            FixRequest: As `Catalogue.put` and `Offers.put`.
        """
        with self.database.write():
            event = self.catalogue.put(program)
            announced = {(show.name, show.start) for show in program.performances}
            for show in event.performances:
                if (show.name, show.start) in announced:
                    self.offers.put(show.scope, program.offers)
            return event

    def do_chores(self) -> None:
        """Do what time brings: remind, cancel what was not paid, write letters out, tidy up.

        Raises:
            RetryLater: The disk does not take it now.
        """
        self.invoices.process_due()
        self.mails.deliver()
        self.idempotency_keys.drop_expired()
        self.importer.drop_idle_uploads()

    def start_after_restore(self) -> None:
        """Begin a new life after a restore: what was sold after the backup is not known here.

        Raises:
            FixConfig: The serials of a performance are used up.
        """
        self.issuer.start_after_restore()

    def close(self) -> None:
        """Stop imports and close the files."""
        self.importer.close()
        self.database.close()
