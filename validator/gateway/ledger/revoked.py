"""Devices that are shut out, asked for in the very transaction that takes something of them."""

from __future__ import annotations

from validator.errors import NotAllowed
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.model import DeviceId


def is_revoked(work: UnitOfWork, device: DeviceId) -> bool:
    """Tell whether a device is shut out by now; `api:NAME` never is."""
    record = work.session.devices.find(device)
    return record is not None and record.revoked


def refuse_revoked(work: UnitOfWork, device: DeviceId) -> None:
    """Take nothing of a device that is shut out by now.

    Raises:
        NotAllowed: It is.
    """
    if is_revoked(work, device):
        raise NotAllowed("This device is revoked. Wipe it.")
