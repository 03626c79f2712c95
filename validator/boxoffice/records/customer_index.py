"""Names and addresses of customers as they are compared with what people type."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Collection, Iterator
from heapq import nlargest

from rapidfuzz import fuzz, process

from validator.boxoffice.database import Transaction

_ALIKE = 78.0
"""Of 100: one wrong, missing or swapped letter in a short name still passes."""

_BEGINS, _BEGUN = 2, 90.0
"""Letters with which a name may be begun, and how like it that is."""

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe"})


class CustomerIndex:
    """Every customer of our own, in memory: typing asks at every letter.

    It grows with new orders and begins anew when names were erased. Several threads may ask; each
    comparison is a loop in C over different words, so nobody waits for it long.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begin()

    def closest(self, transaction: Transaction, asked: str, limit: int) -> list[tuple[int, float]]:
        """Return the orders whose customer is most like what was asked for, best first.

        Args:
            transaction: Where the orders stand.
            asked: A name or, with an @, an address; the last letters may be missing.
            limit: Most orders.

        Returns:
            Order numbers with their likeness, up to 100; newer orders first where it is the same.
        """
        with self._lock:
            self._catch_up(transaction)
            words = folded(asked)
            scores: dict[int, float] = {}
            for number, score in self._addressed(words) if "@" in words else self._named(words):
                scores[number] = max(score, scores.get(number, 0.0))
        best = nlargest(limit, scores.items(), key=lambda each: (each[1], each[0]))
        return [(number, round(score, 1)) for number, score in best]

    def _begin(self) -> None:
        self._newest = self._erased = 0
        self._names: dict[str, list[int]] = {}
        self._words: dict[str, list[int]] = {}
        self._people: dict[str, list[tuple[int, str]]] = {}
        self._houses: set[str] = set()

    def _catch_up(self, transaction: Transaction) -> None:
        erased = transaction.value("SELECT count(*) FROM orders WHERE customer = '-'")
        if erased != self._erased:
            self._begin()
            self._erased = erased
        rows = transaction.rows(
            "SELECT number, customer, email FROM orders WHERE import IS NULL AND number > ?"
            " ORDER BY number",
            self._newest,
        )
        for row in rows:
            self._newest = row["number"]
            name = folded(row["customer"])
            person, _, house = folded(row["email"]).partition("@")
            self._names.setdefault(name, []).append(self._newest)
            for word in set(name.split()):
                self._words.setdefault(word, []).append(self._newest)
            self._people.setdefault(person, []).append((self._newest, house))
            self._houses.add(house)

    def _named(self, asked: str) -> Iterator[tuple[int, float]]:
        """Compare with whole names, their words in any order, and with each word alone."""
        names = process.extract(
            asked, list(self._names), scorer=fuzz.token_sort_ratio, limit=None, score_cutoff=_ALIKE
        )
        for name, score, _ in names:
            yield from ((number, score) for number in self._names[name])
        if " " in asked:
            return
        for word, score, _ in _close(asked, list(self._words)):
            yield from ((number, score) for number in self._words[word])
        if len(asked) >= _BEGINS:
            for word in [word for word in self._words if word.startswith(asked)]:
                yield from ((number, _BEGUN) for number in self._words[word])

    def _addressed(self, asked: str) -> Iterator[tuple[int, float]]:
        """Compare both sides of the @: half the world has the same right one."""
        person, _, house = asked.partition("@")
        houses = {found: score for found, score, _ in _close(house, self._houses)}
        houses |= {each: 100.0 for each in self._houses if each.startswith(house)}
        for found, score, _ in _close(person, list(self._people)):
            for number, whose in self._people[found]:
                if whose in houses:
                    yield number, min(score, houses[whose])


def folded(text: str) -> str:
    """Return a text in small letters, without accents and double blanks."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    bare = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return " ".join(bare.split())


def _close(asked: str, known: Collection[str]) -> list[tuple[str, float, int]]:
    return process.extract(asked, known, scorer=fuzz.ratio, limit=None, score_cutoff=_ALIKE)
