"""Tells when the app comes to the front and when it leaves it."""

from __future__ import annotations

from typing import Any, Protocol

from device.android.java import activity, listener

ACTIVITY = "Landroid/app/Activity;"
BUNDLE = "Landroid/os/Bundle;"


class Foreground(Protocol):
    """Something that holds a part of the phone while the app is at the front; raises nothing."""

    def resumed(self) -> None:
        """The app is at the front again."""
        ...

    def paused(self) -> None:
        """The app has left the front."""
        ...


class Lifecycle:
    """Passes on Android's word to everybody who is watched. Called in Android's main thread.

    Args:
        watched: Who is told, in this order.

    Raises:
        PartMissing: This is no Android.
    """

    def __init__(self, watched: tuple[Foreground, ...]) -> None:
        self._watched = watched
        self._activity = activity()
        self._listener = listener(
            "android/app/Application$ActivityLifecycleCallbacks",
            onActivityResumed=(f"({ACTIVITY})V", self._resumed),
            onActivityPaused=(f"({ACTIVITY})V", self._paused),
            onActivityCreated=(f"({ACTIVITY}{BUNDLE})V", _unheeded),
            onActivityStarted=(f"({ACTIVITY})V", _unheeded),
            onActivityStopped=(f"({ACTIVITY})V", _unheeded),
            onActivitySaveInstanceState=(f"({ACTIVITY}{BUNDLE})V", _unheeded),
            onActivityDestroyed=(f"({ACTIVITY})V", _unheeded),
        )
        self._activity.getApplication().registerActivityLifecycleCallbacks(self._listener)

    def close(self) -> None:
        """Listen no more."""
        self._activity.getApplication().unregisterActivityLifecycleCallbacks(self._listener)

    def _resumed(self, _activity: Any) -> None:
        for thing in self._watched:
            thing.resumed()

    def _paused(self, _activity: Any) -> None:
        for thing in self._watched:
            thing.paused()


def _unheeded(*_: Any) -> None:
    """Hear what changes nothing for us."""
