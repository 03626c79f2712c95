"""The charge of a phone."""

from __future__ import annotations

from device.android.java import activity, java_cast

CAPACITY = 4
"""Source: Android `BatteryManager.BATTERY_PROPERTY_CAPACITY`, in percent."""


class PhoneBattery:
    """Asks Android for the charge.

    Raises:
        PartMissing: This is no Android.
    """

    def __init__(self) -> None:
        service = activity().getSystemService("batterymanager")
        self._service = java_cast("android.os.BatteryManager", service)

    def percent(self) -> int | None:
        """Return the charge, 0 to 100; None = on mains, or not known."""
        if self._service.isCharging():
            return None
        # A phone that does not know answers with the smallest number that it has.
        charge = int(self._service.getIntProperty(CAPACITY))
        return charge if 0 <= charge <= 100 else None
