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
