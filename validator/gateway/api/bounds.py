"""How much a request may hold."""

MOST_ITEMS = 500
"""Check-ins in one batch."""

SHORTEST_QUERY = 3
LONGEST_QUERY = 80
"""Characters that are searched for."""

MOST_FOUND = 50
"""Tickets in one answer of the search."""
