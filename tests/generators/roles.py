"""docs/roles.md: every route of the gateway, the counter and the box office, and whom it is for.

`PYTHONPATH=tests .venv/bin/python -m generators.roles` writes it again. What the tables hold is
what the applications serve: `tests/validator/gateway/api/test_rights.py` compares, and asks a
running gateway for every cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from rules.sources import ROOT
from validator.boxoffice.api.app import ROUTES as BOX_OFFICE
from validator.gateway.api import counter
from validator.gateway.api.app import BOARD, ENDPOINTS
from validator.gateway.api.endpoint import Endpoint
from validator.gateway.api.pages import COUNTER_PAGES, PAGES
from validator.gateway.gateway import BOXOFFICE_PATH
from validator.roles import Open, Right, Role

PAGE = ROOT / "docs" / "roles.md"
AGAIN = "PYTHONPATH=tests .venv/bin/python -m generators.roles"


PART = re.compile(r"\{(\w+):.*?\}(?=/|$)")


class SignsIn(StrEnum):
    """How a caller says who they are."""

    TOKEN = "token"
    SESSION = "session"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Address:
    """A route as callers see it.

    Args:
        method: `GET`, `POST` …
        path: From the listener's root, as aiohttp writes it.
        right: Whom it is for.
        signs_in: How they say who they are.
        totals: On the loopback listener nobody has to sign in.
        revoked: A revoked device may still call it.
        network: It is also served to the network.
    """

    method: str
    path: str
    right: Right
    signs_in: SignsIn
    totals: bool = False
    revoked: bool = False
    network: bool = True

    @property
    def asked(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"

    @classmethod
    def of(cls, method: str, path: str, right: Right, signs_in: SignsIn, **more: bool) -> Address:
        """Write a path without what its parts look like."""
        return cls(method, PART.sub(r"{\1}", path), right, signs_in, **more)


def addresses() -> Iterator[Address]:
    """Yield every route that a gateway serves, in the order of its tables."""
    for endpoint in (*ENDPOINTS, *BOARD):
        yield _of_gateway(endpoint)
    for page in counter.ROUTES:
        yield Address.of(page.method, page.path, page.roles, SignsIn.SESSION)
    for route in BOX_OFFICE:
        if route.at_counter:
            path = f"{counter.PATH}{route.path}"
            yield Address.of(route.method, path, route.at_counter, SignsIn.SESSION)
    for route in BOX_OFFICE:
        path = f"{BOXOFFICE_PATH}{route.path}"
        yield Address.of(route.method, path, Open.OWN_KEY, SignsIn.KEY, network=False)


def _of_gateway(endpoint: Endpoint) -> Address:
    return Address.of(
        endpoint.method,
        endpoint.path,
        endpoint.roles,
        SignsIn.TOKEN,
        totals=endpoint.totals,
        revoked=endpoint.revoked,
    )


BLOCK = re.compile(
    r"(?<=<!-- routes: written by generators.roles -->\n).*?(?=<!-- end of routes -->)", re.DOTALL
)

COLUMNS = (Role.DEVICE, Role.STEWARD, Role.SUPERVISOR, Role.CASHIER, Role.ORGANISER)

TITLES = {
    SignsIn.TOKEN: "## The gateway",
    SignsIn.SESSION: "## The counter",
    SignsIn.KEY: "## The box office for programs",
}


def written() -> str:
    """Return the page with the tables as they are now."""
    tables = (
        f"{title}\n{_table(each for each in addresses() if each.signs_in is signs_in)}"
        for signs_in, title in TITLES.items()
    )
    return BLOCK.sub(lambda _: "\n".join(tables), PAGE.read_text(encoding="utf-8"))


def _table(rows: Iterable[Address]) -> str:
    head = ["route", *(role.value for role in COLUMNS), "others"]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    told: set[str] = set()
    for each in rows:
        name = _name(each)
        if name not in told:
            told.add(name)
            cells = [_cell(each, role) for role in COLUMNS]
            lines.append(f"| {name} | {' | '.join(cells)} | {_others(each)} |")
    return "\n".join(lines) + "\n"


def _name(each: Address) -> str:
    if each.method == "GET" and each.path in PAGES:
        return "the dashboard's files"
    if each.method == "GET" and each.path in COUNTER_PAGES:
        return "the page's files"
    return f"`{each.asked}`"


def _cell(each: Address, role: Role) -> str:
    return "✓" if each.right is Open.ANYBODY or (role in _roles(each.right)) else ""


def _others(each: Address) -> str:
    if isinstance(each.right, Open):
        return each.right.value
    return " ".join(mark for mark, on in (("¹", each.totals), ("²", each.revoked)) if on)


def _roles(right: Right) -> frozenset[Role]:
    return right if isinstance(right, frozenset) else frozenset()


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
