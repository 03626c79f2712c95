"""Finding orders by number, customer, e-mail or ticket number, as people type them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from sqlite3 import Row

from rapidfuzz import fuzz, process

from validator.boxoffice.database import Database, Transaction
from validator.boxoffice.model import Order
from validator.boxoffice.sales import order_of
from validator.errors import FixRequest, TokenError
from validator.formats.scanned import clean

LONGEST = 200
"""Characters of a question."""

MOST = 50
"""Orders of an answer."""

_TICKET = re.compile(r"([0-9]{1,12})-[0-9]{1,6}-[A-Z0-9]{4}")
_ORDER = re.compile(r"#?([0-9]{1,12})")
_ALIKE = 78.0
"""Of 100: one wrong, missing or swapped letter in a short name still passes."""

_BEGINS, _BEGUN = 2, 90.0
"""Letters with which a name may be begun, and how like it that is."""

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe"})


@dataclass(frozen=True, slots=True)
class Found:
    """An order that was found.

    Args:
        order: It.
        score: From 0 to 100; 100 = exactly what was asked for.
    """

    order: Order
    score: float


class Search:
    """Looks for orders."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, text: str, limit: int = 20) -> tuple[Found, ...]:
        """Return the orders that a question is about, best first.

        A number finds its order or the order of its ticket, and so does what a scanner reads on
        a ticket. Anything else is compared with names and addresses; case and accents do not
        matter, some letters may be wrong, and the last ones may be missing yet.

        Args:
            text: 1 to 200 characters.
            limit: From 1 to 50.

        Raises:
            FixRequest: The question is empty or too long, or the limit is out of range.
        """
        asked = text.strip()
        if not asked or len(asked) > LONGEST or not 1 <= limit <= MOST:
            raise FixRequest(f"Ask with 1 to {LONGEST} characters for 1 to {MOST} orders.")
        with self._database.read() as transaction:
            number = _number(transaction, asked)
            rows = [] if number is not None else _known(transaction)
        # Comparing takes a while, in which nobody who sells has to wait.
        close = _alike(rows, plain(asked), limit) if number is None else [(number, 100.0)]
        with self._database.read() as transaction:
            return tuple(Found(order_of(transaction, order), score) for order, score in close)


def plain(text: str) -> str:
    """Return a text in small letters, without accents and double blanks."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    bare = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return " ".join(bare.split())


def _number(transaction: Transaction, asked: str) -> int | None:
    ticket, order = _TICKET.fullmatch(asked.upper()), _ORDER.fullmatch(asked)
    if ticket is not None:
        found = transaction.value(
            "SELECT order_number FROM tickets WHERE number = ?", asked.upper()
        )
    elif order is not None:
        found = transaction.value("SELECT number FROM orders WHERE number = ?", int(order.group(1)))
    else:
        found = None
    found = _scanned(transaction, asked) if found is None else found
    return None if found is None else int(found)


def _scanned(transaction: Transaction, asked: str) -> int | None:
    try:
        text = clean(asked).text
    except TokenError:
        return None
    found = transaction.value(
        "SELECT order_number FROM performances JOIN codes USING (scope)"
        " JOIN tickets ON tickets.number = ticket WHERE text = ?",
        text,
    )
    return None if found is None else int(found)


def _known(transaction: Transaction) -> list[Row]:
    return transaction.rows(
        "SELECT number, customer, email FROM orders WHERE import IS NULL ORDER BY number DESC"
    )


def _alike(rows: Iterable[Row], asked: str, limit: int) -> list[tuple[int, float]]:
    by_mail = "@" in asked
    known = {row["number"]: plain(row["email" if by_mail else "customer"]) for row in rows}
    likeness = _addresses if by_mail else _names
    close = process.extract(asked, known, scorer=likeness, limit=limit, score_cutoff=_ALIKE)
    return [(number, round(score, 1)) for _, score, number in close]


def _names(asked: str, known: str, *, score_cutoff: float | None = None) -> float:
    """Compare with the whole name, its words in any order, and each word alone."""
    whole = fuzz.token_sort_ratio(asked, known, score_cutoff=score_cutoff)
    if " " in asked:
        return whole
    words = known.split()
    if len(asked) >= _BEGINS and any(word.startswith(asked) for word in words):
        return _BEGUN
    return max([whole, *(fuzz.ratio(asked, word, score_cutoff=score_cutoff) for word in words)])


def _addresses(asked: str, known: str, *, score_cutoff: float | None = None) -> float:
    """Compare both sides of the @: half the world has the same right one."""
    (person, _, house), (known_person, _, known_house) = asked.partition("@"), known.partition("@")
    left = fuzz.ratio(person, known_person, score_cutoff=score_cutoff)
    right = fuzz.ratio(house, known_house, score_cutoff=score_cutoff)
    return min(left, right)
