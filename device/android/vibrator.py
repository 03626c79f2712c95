"""The vibration motor of a phone."""

from __future__ import annotations

from device.android.java import activity, java_cast, java_class

ONCE = -1
"""The pattern is not repeated. Source: Android `VibrationEffect.createWaveform`."""


class PhoneVibrator:
    """Shakes the phone; does nothing on one that can't.

    Raises:
        PartMissing: This is no Android.
    """

    def __init__(self) -> None:
        service = activity().getSystemService("vibrator")
        self._motor = java_cast("android.os.Vibrator", service)
        self._effect = java_class("android.os.VibrationEffect")

    def vibrate(self, pattern_ms: tuple[int, ...]) -> None:
        """Shake: on, off, on … each in milliseconds; returns at once."""
        if any(pattern_ms):
            # Android's patterns begin with a rest.
            self._motor.vibrate(self._effect.createWaveform([0, *pattern_ms], ONCE))
