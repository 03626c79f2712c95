"""Who may do what: the roles of people and devices, and what a route asks of its caller.

A route of the gateway, of the counter and of the box office names whom it is for, by a `Right`;
docs/roles.md is written from them.
"""

from __future__ import annotations

from enum import StrEnum

from validator.errors import NotAllowed


class Role(StrEnum):
    """What a caller may do.

    A device scans and follows streams; a steward also looks into tickets; a supervisor also
    assigns, revokes and signs others in. At the counter a cashier sells and takes back at the
    prices of the program; a supervisor also lists resellers' tickets and gives tickets away; an
    organiser also decides on program, prices and settings, and reads the accounts.
    """

    CASHIER = "cashier"
    DEVICE = "device"
    ORGANISER = "organiser"
    STEWARD = "steward"
    SUPERVISOR = "supervisor"


class Open(StrEnum):
    """What a route asks for that no role opens."""

    ANYBODY = "anybody"
    """Nothing."""
    OWN_KEY = "its own key"
    """A key that belongs to neither a person nor a device."""


Right = frozenset[Role] | Open
"""Whom a route is for; there is no empty one, see `need_somebody`."""

DEVICES = frozenset({Role.DEVICE})
DOORS = frozenset({Role.DEVICE, Role.STEWARD, Role.SUPERVISOR})
STAFF = frozenset({Role.STEWARD, Role.SUPERVISOR})
SUPERVISORS = frozenset({Role.SUPERVISOR})

COUNTER = frozenset({Role.CASHIER, Role.ORGANISER, Role.SUPERVISOR})
CHIEFS = frozenset({Role.ORGANISER, Role.SUPERVISOR})
"""They answer for what leaves the house without money."""
ORGANISERS = frozenset({Role.ORGANISER})

USERS = frozenset(Role) - DEVICES
"""People and programs sign in as one of these; devices are enrolled."""

TYPED = frozenset({Role.CASHIER, Role.ORGANISER})
"""They sign in at the counter only, so their token is one that can be typed."""


class WrongRole(NotAllowed):
    """Somebody is known here, and may not do this: ask one who may."""


def need_somebody(right: Right) -> None:
    """Refuse a route that names nobody: an empty set must not pass for everybody or nobody.

    Raises:
        ValueError: It does.
    """
    if not right:
        raise ValueError("A route names the roles that it is for.")


def need_role(role: Role, right: frozenset[Role]) -> None:
    """Let a caller pass whom a route is for.

    Raises:
        WrongRole: It is for others.
    """
    if role not in right:
        needed = " or ".join(sorted(right))
        raise WrongRole(f"This needs the role {needed}; you are a {role}.")
