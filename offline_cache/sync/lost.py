"""Why a connection to the gateway ended."""

from __future__ import annotations


class LinkEnded(Exception):
    """The connection has ended, or never began.

    Args:
        why: A sentence for people.
        revoked: The device is revoked; the gateway takes what it owes and nothing else.
        shut: The gateway does not even take that any more.
    """

    def __init__(self, why: str, revoked: bool = False, shut: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.revoked = revoked
        self.shut = shut
