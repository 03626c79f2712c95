"""Errors of the package, named by what went missing."""

from __future__ import annotations


class DeviceError(Exception):
    """Root of this package's own errors.

    Args:
        message: A sentence for people: what happened and what to do.

    Attributes:
        todo: What whoever stands at the gate does about it; empty = nothing of its own.
    """

    todo = ""


class ReadAgain(DeviceError):
    """A scan came broken: scan the same ticket once more."""

    todo = "Scan the ticket again."


class DecoderMissing(DeviceError):
    """A library that reads codes is not installed: install it, the others go on."""


class PictureUnreadable(DeviceError):
    """A file is no picture, damaged or too large: hand in another one."""


class PartMissing(DeviceError):
    """A library, right or device of a station is missing: put it there, the rest goes on."""

    todo = "Type the ticket's number meanwhile."


class ForeignCode(DeviceError):
    """A code of a kind that no ticket here has, such as an advertisement's: nothing to judge."""

    todo = "Look for the ticket's own code."
