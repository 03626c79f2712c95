"""What the organiser says about a reseller's file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from validator.boxoffice.imports.columns import MOST_COLUMNS, OPTIONAL, Columns
from validator.boxoffice.imports.dialect import SEPARATOR_NAMES, SEPARATORS, Encoding, Form
from validator.errors import FixRequest
from validator.wire.fields import Fields

MOST_SKIPPED = 1000
"""Rows that may be left out at either end."""

WITHDRAWN = (
    "cancelled",
    "canceled",
    "withdrawn",
    "void",
    "refunded",
    "annule",
    "annulee",
    "retire",
    "rembourse",
    "storniert",
    "annulliert",
    "anulado",
    "anulada",
    "cancelado",
    "annullato",
    "rimborsato",
)
"""What resellers write of a ticket that they took back; case and accents don't matter."""

_SIGNS = {SEPARATOR_NAMES[sign]: sign for sign in SEPARATORS}
_MOST_WORDS = 50
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Cut:
    """How rows are taken from a file.

    Args:
        form: How it is written.
        first: Rows to leave out at the beginning.
        last: Rows to leave out at the end.
    """

    form: Form = field(default_factory=Form)
    first: int = 0
    last: int = 0

    @classmethod
    def read(cls, fields: Fields, default: Form) -> Self:
        """Read `encoding`, `separator`, `first` and `last`; any of them may be missing.

        Raises:
            FixRequest: One of them is wrong.
        """
        separator = default.separator
        if fields.has("separator"):
            separator = _SIGNS.get(fields.text("separator", 9), "")
        if not separator:
            names = ", ".join(_SIGNS)
            raise FixRequest(f"The body: 'separator' must be one of {names}.")
        return cls(
            Form(
                fields.choice("encoding", Encoding) if fields.has("encoding") else default.encoding,
                separator,
            ),
            fields.maybe_integer("first", 0, MOST_SKIPPED) or 0,
            fields.maybe_integer("last", 0, MOST_SKIPPED) or 0,
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file's rows are.

    Args:
        distributor: Who sold them.
        cut: How they are taken from the file.
        columns: What stands where.
        performance: Scope of rows that don't name one; None = each must.
        tariff: Of rows that don't name one; None = each must.
        zone: Bit number of rows that don't name one; None = all zones.
        digits: Digits that a code of digits has at least, 1 to 48; None = as it stands there.
        withdrawn: Words in the status column that mean: taken back.
        cancel_missing: Cancel what is listed for this distributor and not in the file.
    """

    distributor: str
    cut: Cut
    columns: Columns
    performance: int | None
    tariff: int | None
    zone: int | None = None
    digits: int | None = None
    withdrawn: tuple[str, ...] = WITHDRAWN
    cancel_missing: bool = False

    @classmethod
    def read(cls, fields: Fields, default: Form) -> Self:
        """Read a plan; its names are those of the attributes.

        Raises:
            FixRequest: A field is missing or wrong.
        """
        columns = fields.part("columns")
        places = {name: columns.maybe_integer(name, 0, MOST_COLUMNS - 1) for name in OPTIONAL}
        words = fields.array("withdrawn", _MOST_WORDS) if fields.has("withdrawn") else WITHDRAWN
        if not all(isinstance(word, str) and 0 < len(word) <= 40 for word in words):
            raise FixRequest("The body: 'withdrawn' must be a list of words.")
        return cls(
            distributor=" ".join(fields.text("distributor", _LONGEST_NAME).split()),
            cut=Cut.read(fields, default),
            columns=Columns(columns.integer("barcode", 0, MOST_COLUMNS - 1), **places),
            performance=fields.maybe_integer("performance", 1, 0xFFFF_FFFF),
            tariff=fields.maybe_integer("tariff", 1, 0xFFFF),
            zone=fields.maybe_integer("zone", 0, 31),
            digits=fields.maybe_integer("digits", 1, 48),
            withdrawn=tuple(str(word) for word in words),
            cancel_missing=fields.has("cancel_missing") and fields.flag("cancel_missing"),
        )
