"""Whose an id is: two devices that use one id have a check-in each.

A lane gives its check-ins their ids, so anybody who has read one can say it too, and who was
first proves nothing. An id therefore means what the device that says it means by it. The store
knows ids alone: the first device's check-in is kept under the id itself, a second one's under a
name made of both. Ids are put into the store's words where they come in, and nowhere else.
"""

from __future__ import annotations

import logging

from validator.gateway.store.port import Session
from validator.model import CheckInId, DeviceId, namesake

log = logging.getLogger(__name__)


def known_as(session: Session, device: DeviceId, id: CheckInId) -> CheckInId:
    """Return what a device means by an id that it speaks of."""
    return session.namesakes.find(id, device) or id


def own_name(session: Session, device: DeviceId, id: CheckInId) -> CheckInId:
    """Return under which id a device's own check-in is kept, from now on."""
    known = session.namesakes.find(id, device)
    if known is not None:
        return known
    name = id
    while session.namesakes.taken(name, device):
        name = namesake(device, name)
    if name != id:
        session.namesakes.put(id, device, name)
        log.warning("Device %s used the id of another's check-in: it is kept apart.", device)
    return name
