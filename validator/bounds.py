"""Bounds that two sides agree on: what one of them writes, the other takes."""

LONGEST_CODE = 4_096
"""Characters of a scanned text; the largest symbols hold fewer than 4,300 digits."""

LONGEST_NUMBER = 64
"""Characters of a ticket's printed number."""

LONGEST_SEAT = 40
"""Characters of a seat."""

LONGEST_GATE = 32
"""Characters of a gate's id."""

MOST_ADMITTED = 255
"""People that a ticket admits."""

MOST_PEOPLE = 1_000
"""People that one check-in counts."""

MOST_REPORTS = 1_000
"""Check-ins that the box office is told at once."""

MAX_MESSAGE_BYTES = 8 * 1024 * 1024
"""Largest message of a link; a sealed frame has to fit into one."""
