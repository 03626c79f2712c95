"""How much a request may hold."""

LONGEST_CODE = 4096
LONGEST_NUMBER = 64
LONGEST_GATE = 32
"""Characters of a code, of a ticket's printed number, of a gate's id."""

MOST_ITEMS = 500
"""Check-ins in one batch."""

SHORTEST_QUERY = 3
LONGEST_QUERY = 80
"""Characters that are searched for."""

MOST_FOUND = 50
"""Tickets in one answer of the search."""
