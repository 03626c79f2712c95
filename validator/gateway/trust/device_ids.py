"""Ids of devices: none is given twice, not even one that a restore has forgotten."""

from __future__ import annotations

import re

from validator.errors import FixConfig
from validator.gateway.ledger.epochs import is_restored
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.model import DeviceId

REVOKED = "revoked"
"""Who writes off a device that is revoked: nothing that it says counts any more."""

_ID = re.compile(r"lane-[1-9][0-9]{0,5}(-[0-9a-f]{4})?")


def new_id(work: UnitOfWork) -> DeviceId:
    """Return the next free id.

    After a restore it carries 4 hexadecimal digits of the epoch: the numbers that follow may
    stand on devices that were enrolled after the backup.
    """
    epoch = work.session.streams.epoch()
    if epoch is None:
        raise FixConfig("The gateway has not begun its first epoch yet.")
    tail = f"-{epoch.random >> 48:04x}" if is_restored(work.session) else ""
    known = {record.id for record in work.session.devices.all()}
    taken = known | set(work.catalogue.assignments)
    place = len(known) + 1
    while f"lane-{place}{tail}" in taken:
        place += 1
    return DeviceId(f"lane-{place}{tail}")


def lost_id(work: UnitOfWork, before: str | None) -> DeviceId | None:
    """Return the id that a device had before a restore that has lost it, and await the device.

    Args:
        work: The open transaction.
        before: What the device says; its enrolment code is what lets it in.

    Returns:
        None if it has to take a new one.
    """
    session = work.session
    if before is None or not _ID.fullmatch(before) or not is_restored(session):
        return None
    id = DeviceId(before)
    place = work.catalogue.assignments.get(id)
    if session.devices.find(id) is not None or (place is not None and place.revoked):
        return None
    session.restoration.expect([id], work.now)
    work.cache.forget()
    return id
