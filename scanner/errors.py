"""Errors of the package, named by what the caller should do about them."""

from __future__ import annotations


class ScannerError(Exception):
    """Root of this package's own errors.

    Args:
        message: A sentence for people: what happened and what to do.
    """


class StartAgain(ScannerError):
    """The lane ended on a mistake of its program: start it again, and report where it was."""


class FixStart(ScannerError):
    """The lane can't start as it was asked to: correct the argument and start again."""
