"""QR codes of Infomaniak's ticketing: `20<code>^x^y`."""

from __future__ import annotations

import re

_QR = re.compile(r"20([0-9A-Za-z]{1,64})\^[0-9A-Za-z]{0,64}\^[0-9A-Za-z]{0,64}")


def ticket_code(text: str) -> str | None:
    """Return the code by which Infomaniak's scanning API knows the ticket.

    `2000000000A^0^100000000` and a typed `00000000A` are one ticket there, so they are here.

    Args:
        text: Cleaned.

    Returns:
        The text up to the first `^` without its first two characters; None = another form.
    """
    match = _QR.fullmatch(text)
    return match[1] if match else None
