"""Errors of the package, named by what went missing."""

from __future__ import annotations


class DeviceError(Exception):
    """Root of this package's own errors.

    Args:
        message: A sentence for people: what happened and what to do.
    """


class DecoderMissing(DeviceError):
    """A library that reads codes is not installed: install it, the others go on."""


class PictureUnreadable(DeviceError):
    """A file is no picture, damaged or too large: hand in another one."""


class PartMissing(DeviceError):
    """A library, right or device of a station is missing: put it there, the rest goes on."""
