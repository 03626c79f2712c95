"""Errors of the package, named by what the caller should do about them."""

from __future__ import annotations


class CacheError(Exception):
    """Root of this package's own errors: the device can't keep its promises, show a fault.

    Args:
        message: A sentence for people: what happened and what to do.
    """


class CloseOther(CacheError):
    """Another process holds the cache: close that one first."""


class DamagedCache(CacheError):
    """The cache's file can't be read any more: open it again, which mends it."""


class EnrolAgain(CacheError):
    """The device has no identity, or the gateway does not accept it: enrol it (again)."""


class AskNewCode(EnrolAgain):
    """The enrolment code was used, or is too old: ask for a new one."""


class LookWhoAnswers(EnrolAgain):
    """Somebody else answers at the gateway's address: find out who before going on."""


class CheckNetwork(CacheError):
    """The gateway can't be reached: check its address and the network."""


class WaitAMinute(CacheError):
    """There were too many wrong codes: wait before the next one."""
