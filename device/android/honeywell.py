"""Honeywell's data collection service: claimed at the front, released in the background."""

from __future__ import annotations

from device.android.broadcasts import SCAN
from device.android.java import activity, java_class, told

CLAIM = "com.honeywell.aidc.action.ACTION_CLAIM_SCANNER"
RELEASE = "com.honeywell.aidc.action.ACTION_RELEASE_SCANNER"
EXTRA = "com.honeywell.aidc.extra."
SCANNER = "dcs.scanner.imager"
PROFILE = "DEFAULT"
SERVICE = "com.intermec.datacollectionservice"
PERMISSION = "com.honeywell.decode.permission.DECODE"
"""Asked for in buildozer.spec. Source: Honeywell Android Data Collection Intent API."""


class DataCollection:
    """Claims the scanner for this app's own action, and gives it back.

    Raises:
        PartMissing: This is no Android.
    """

    def __init__(self) -> None:
        self._context = activity()
        self._bundle = java_class("android.os.Bundle")
        self._intent = java_class("android.content.Intent")

    def claim(self) -> None:
        """Ask for the scanner; what it reads comes as our own broadcast.

        Raises:
            PartMissing: The service does not let this app.
        """
        properties = self._bundle()
        properties.putBoolean("DPR_DATA_INTENT", True)
        properties.putString("DPR_DATA_INTENT_ACTION", SCAN)
        with told(
            "The handheld's scanner can't be claimed: allow the app to use it, in Android's "
            "settings of the app."
        ):
            intent = self._intent(CLAIM).setPackage(SERVICE)
            intent.putExtra(EXTRA + "EXTRA_SCANNER", SCANNER)
            intent.putExtra(EXTRA + "EXTRA_PROFILE", PROFILE)
            intent.putExtra(EXTRA + "EXTRA_PROPERTIES", properties)
            self._context.sendBroadcast(intent)

    def release(self) -> None:
        """Leave the scanner to other apps.

        Raises:
            PartMissing: The service does not let this app.
        """
        with told("The handheld's scanner can't be released: restart the handheld."):
            self._context.sendBroadcast(self._intent(RELEASE).setPackage(SERVICE))
