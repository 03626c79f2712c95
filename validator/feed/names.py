"""What the streams are called: the catalogue, and three kinds for each scope."""

from __future__ import annotations

CATALOGUE = "catalogue"
"""The evening's plan: kind and name, there is one."""

CANCELLATIONS, TICKETS, USES = "cancellations", "tickets", "uses"

SCOPED = (CANCELLATIONS, TICKETS, USES)
"""Kinds of which each scope has one."""


def stream_of(kind: str, scope: int) -> str:
    """Return the name of a scope's stream, `tickets.5`."""
    return f"{kind}.{scope}"


def kind_of(stream: str) -> str:
    """Return the kind of a stream, `tickets` of `tickets.5`; empty = its name is none."""
    kind, dot, _ = stream.partition(".")
    return kind if bool(dot) != (kind == CATALOGUE) else ""
