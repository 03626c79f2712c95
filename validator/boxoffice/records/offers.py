"""What is on sale: the price of each tariff in each zone, and how many tickets there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from validator.boxoffice.database import Database, Transaction
from validator.boxoffice.model import Item, Offer, Refused
from validator.boxoffice.records.catalogue import performance_of, tariff_of, zone_name

_ALL_ZONES = -1
"""As it is stored: a key can't hold null."""


class Offers:
    """The price list."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> Mapping[int, Sequence[Offer]]:
        """Return what is on sale, by performance or pass."""
        with self._database.read() as transaction:
            rows = transaction.rows("SELECT * FROM offers ORDER BY scope, zone, tariff")
            found: dict[int, list[Offer]] = {}
            for row in rows:
                scope, zone = row["scope"], None if row["zone"] == _ALL_ZONES else row["zone"]
                offer = Offer(zone, row["tariff"], row["price"], row["quantity"])
                left = _left(transaction, scope, offer)
                found.setdefault(scope, []).append(replace(offer, left=left))
            return found

    def put(self, scope: int, offers: Sequence[Offer]) -> None:
        """Add offers of a performance or pass, or change their prices and quantities.

        Args:
            scope: Performance or pass.
            offers: What is left out stays.

        Raises:
            FixRequest: There is no such performance, zone or tariff.
        """
        with self._database.write() as transaction:
            performance_of(transaction, scope)
            for offer in offers:
                zone_name(transaction, scope, offer.zone)
                tariff_of(transaction, offer.tariff)
                transaction.run(
                    "INSERT OR REPLACE INTO offers VALUES (?, ?, ?, ?, ?)",
                    scope,
                    _stored_zone(offer.zone),
                    offer.tariff,
                    offer.price,
                    offer.quantity,
                )


def check_left(transaction: Transaction, item: Item) -> None:
    """Check that there is a ticket left of what somebody wants.

    Raises:
        Refused: `sold_out`.
    """
    quantity = transaction.value(
        "SELECT quantity FROM offers WHERE scope = ? AND zone = ? AND tariff = ?",
        item.scope,
        _stored_zone(item.zone),
        item.tariff,
    )
    if quantity is not None:
        offer = Offer(item.zone, item.tariff, item.price, quantity)
        if _left(transaction, item.scope, offer) == 0:
            raise Refused("sold_out", "This tariff is sold out. Choose another tariff or zone.")


def is_listed(transaction: Transaction, item: Item) -> bool:
    """Tell whether the program sells an item for its price, to one person."""
    price = transaction.value(
        "SELECT price FROM offers WHERE scope = ? AND zone = ? AND tariff = ?",
        item.scope,
        _stored_zone(item.zone),
        item.tariff,
    )
    return price is not None and (item.price, item.admits) == (price, 1)


def _stored_zone(zone: int | None) -> int:
    return _ALL_ZONES if zone is None else zone


def _left(transaction: Transaction, scope: int, offer: Offer) -> int | None:
    if offer.quantity is None:
        return None
    sold = transaction.value(
        "SELECT count(*) FROM tickets WHERE scope = ? AND tariff = ? AND ifnull(zone, -1) = ?"
        " AND state = 'valid'",
        scope,
        offer.tariff,
        _stored_zone(offer.zone),
    )
    return max(0, offer.quantity - int(sold))
