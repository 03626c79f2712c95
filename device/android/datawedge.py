"""Zebra's DataWedge: the profile that makes it broadcast codes to this app."""

from __future__ import annotations

from typing import Any

from device.android.broadcasts import SCAN
from device.android.java import activity, java_class, told

PROFILE = "entrance-control"
ACTION = "com.symbol.datawedge.api.ACTION"
SET_CONFIG = "com.symbol.datawedge.api.SET_CONFIG"
PACKAGE = "com.symbol.datawedge"

PLUGINS = {
    "BARCODE": {"scanner_selection": "auto", "scanner_input_enabled": "true"},
    "INTENT": {
        "intent_output_enabled": "true",
        "intent_action": SCAN,
        "intent_delivery": "2",
    },
    "KEYSTROKE": {"keystroke_output_enabled": "false"},
}
"""Settings of the profile; delivery 2 is a broadcast. Source: Zebra DataWedge, "Set Config"."""


class DataWedge:
    """Makes the profile, once; DataWedge itself turns it on while the app is at the front.

    A profile that is there already stays as the venue has set it.

    Raises:
        PartMissing: This is no Android.
    """

    def __init__(self) -> None:
        self._context = activity()
        self._bundle = java_class("android.os.Bundle")
        self._list = java_class("java.util.ArrayList")
        self._intent = java_class("android.content.Intent")

    def claim(self) -> None:
        """Make the profile, unless it is there.

        Raises:
            PartMissing: Android did not pass it on.
        """
        app = self._of({"PACKAGE_NAME": self._context.getPackageName()})
        app.putStringArray("ACTIVITY_LIST", ["*"])
        plugins = self._list()
        for name, settings in PLUGINS.items():
            plugin = self._of({"PLUGIN_NAME": name, "RESET_CONFIG": "true"})
            plugin.putBundle("PARAM_LIST", self._of(settings))
            plugins.add(plugin)
        profile = self._of(
            {
                "PROFILE_NAME": PROFILE,
                "PROFILE_ENABLED": "true",
                "CONFIG_MODE": "CREATE_IF_NOT_EXIST",
            }
        )
        profile.putParcelableArray("APP_LIST", [app])
        profile.putParcelableArrayList("PLUGIN_CONFIG", plugins)
        with told("DataWedge can't be set up: open it and make a profile (docs/android.md)."):
            intent = self._intent(ACTION).setPackage(PACKAGE)
            self._context.sendBroadcast(intent.putExtra(SET_CONFIG, profile))

    def release(self) -> None:
        """Nothing: the profile belongs to this app only."""

    def _of(self, settings: dict[str, str]) -> Any:
        bundle = self._bundle()
        for name, value in settings.items():
            bundle.putString(name, value)
        return bundle
