"""Port of the store: check-in ids that more than one device has used."""

from __future__ import annotations

from typing import Protocol

from validator.model import CheckInId, DeviceId


class Namesakes(Protocol):
    """Each device's name for an id that another one had used first."""

    def find(self, id: CheckInId, device: DeviceId) -> CheckInId | None:
        """Return under which id a device's check-in is kept; None = under its own."""
        ...

    def said(self, name: CheckInId) -> CheckInId | None:
        """Return what its device calls a check-in that is kept under this name; None = so too."""
        ...

    def taken(self, id: CheckInId, device: DeviceId) -> bool:
        """Tell whether a claim, an event or a use of this id is another device's."""
        ...

    def put(self, id: CheckInId, device: DeviceId, name: CheckInId) -> None:
        """Keep a device's check-in under another id from now on."""
        ...
