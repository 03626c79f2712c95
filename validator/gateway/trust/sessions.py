"""Who is signed in at the counter's page."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

SHIFT_S = 12 * 3600.0
"""After so many seconds everybody signs in again."""

IDLE_S = 3600.0
"""After so many seconds without a request, too."""

MOST_EACH = 10
"""Sessions of one user; a further sign-in ends the one that was used longest ago."""


@dataclass(slots=True)
class _Open:
    user: bytes
    since_s: float
    seen_s: float


class Sessions:
    """Sessions in memory: a gateway that starts anew knows none, and every page asks again.

    Args:
        now_s: Seconds on a clock that never jumps.
        entropy: Random bytes.
    """

    def __init__(self, now_s: Callable[[], float], entropy: Callable[[int], bytes]) -> None:
        self._now_s = now_s
        self._entropy = entropy
        self._open: dict[bytes, _Open] = {}

    def open(self, user: bytes) -> str:
        """Begin a session.

        Args:
            user: Hash of the user's token.

        Returns:
            What its browser keeps: 256 random bits, printable.
        """
        now_s = self._now_s()
        self._open = {key: each for key, each in self._open.items() if _lasts(each, now_s)}
        theirs = [key for key, each in self._open.items() if each.user == user]
        if len(theirs) >= MOST_EACH:
            del self._open[min(theirs, key=lambda key: self._open[key].seen_s)]
        name = base64.urlsafe_b64encode(self._entropy(32)).decode().rstrip("=")
        self._open[_key(name)] = _Open(user, now_s, now_s)
        return name

    def user(self, name: str) -> bytes | None:
        """Return the hash of the token of the user whose session it is; None = it is over."""
        found, now_s = self._open.get(_key(name)), self._now_s()
        if found is None or not _lasts(found, now_s):
            return None
        found.seen_s = now_s
        return found.user

    def close(self, name: str) -> None:
        """End a session; one that is over already stays over."""
        self._open.pop(_key(name), None)


def _lasts(session: _Open, now_s: float) -> bool:
    return now_s - session.since_s < SHIFT_S and now_s - session.seen_s < IDLE_S


def _key(name: str) -> bytes:
    """Return what a session is looked up by, so that the time it takes tells nothing."""
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()
