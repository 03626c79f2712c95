"""Errors of the package, named by what the caller should do about them."""

from __future__ import annotations

import math

_OURS = frozenset({"validator", "offline_cache", "device", "scanner"})


class ValidatorError(Exception):
    """Root of every error that leaves this package.

    Args:
        message: A sentence for people: what happened and what to do.
    """


class TokenError(ValidatorError):
    """A scanned text claims to be a ticket token but is none we can trust: refuse it.

    Args:
        reason: Wire string of the refusal: `malformed`, `unknown_key` or `bad_signature`.
        message: What is wrong with the text, without the text itself.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class WireError(ValidatorError):
    """Bytes from outside do not have the agreed form: drop the item, keep the connection."""


class FrameRefused(ValidatorError):
    """A stream frame is forged, rolled back or from elsewhere: keep the old state and alarm."""


class FramesMissing(ValidatorError):
    """A stream frame came too early: ask for everything after the present cursor."""


class FixRequest(ValidatorError):
    """The request can't be answered as it is: correct it and ask again."""


class NotAllowed(ValidatorError):
    """The caller is unknown or lacks the role: sign in, enrol, or ask a supervisor."""


class FixConfig(ValidatorError):
    """The configuration or an argument is wrong: correct the named key and start again."""


class RetryLater(ValidatorError):
    """Nothing is wrong with the request; the other side can't answer now.

    Args:
        message: What is not reachable.
        after_s: Seconds to wait before the next try, if the other side said so.
    """

    def __init__(self, message: str, after_s: float | None = None) -> None:
        super().__init__(message)
        self.after_s = after_s

    @property
    def whole_s(self) -> int:
        """Whole seconds to wait, 1 or more: rounded up, so that nobody comes too early."""
        return max(1, math.ceil(self.after_s or 1))


def place_of(error: BaseException) -> str:
    """Return the innermost line of ours through which an error came, such as `a.b:12`.

    A mistake of ours is told by its kind and this place: its text may hold a code or a name.
    """
    place, step = "nowhere", error.__traceback__
    while step is not None:
        module = str(step.tb_frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] in _OURS:
            place = f"{module}:{step.tb_lineno}"
        step = step.tb_next
    return place
