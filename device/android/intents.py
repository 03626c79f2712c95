"""Codes from the scanner that is built into a handheld, which broadcasts them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

from device.android.broadcasts import Broadcast, format_of
from device.android.java import activity, java_class, listener, told
from device.errors import DeviceError, ReadAgain
from device.ports import LONGEST_CODE, Sighting
from device.worker_thread import WorkerThread

RECEIVER_EXPORTED = 2
"""Other apps may send. Source: Android `Context.RECEIVER_EXPORTED`, wanted from target 34 on."""

FIRST_WITH_FLAG = 33
"""Android's version that knows the flag; before, broadcasts come from everybody."""


class Wedge(Protocol):
    """The program between a handheld's scanner and the apps."""

    def claim(self) -> None:
        """Ask for the scanner; each time that the app comes to the front."""
        ...

    def release(self) -> None:
        """Leave the scanner to others; each time that the app leaves the front."""
        ...


class OpenWedge:
    """A program that broadcasts to everybody, and needs not be asked."""

    def claim(self) -> None:
        """Nothing is to be asked."""

    def release(self) -> None:
        """Nothing is held."""


class IntentScanner:
    """Reads the broadcasts of a handheld's scanner.

    Any app on the device can send such a broadcast: what comes is judged like any other text.

    Args:
        broadcast: What the scanner's program sends.
        wedge: That program.

    Raises:
        PartMissing: This is no Android.
    """

    latest = choose = None

    def __init__(self, broadcast: Broadcast, wedge: Wedge) -> None:
        self._broadcast = broadcast
        self._wedge = wedge
        self._listening = False
        self._worker: WorkerThread[Sighting | DeviceError] = WorkerThread("intents")
        self._context = activity()
        self._handler = java_class("android.os.Handler")
        self._thread = java_class("android.os.HandlerThread")
        self._listener = listener(
            "org/kivy/android/GenericBroadcastReceiverCallback",
            onReceive=("(Landroid/content/Context;Landroid/content/Intent;)V", self._received),
        )
        receiver = java_class("org.kivy.android.GenericBroadcastReceiver")
        self._receiver = receiver(self._listener)
        self._filter = java_class("android.content.IntentFilter")()
        self._filter.addAction(broadcast.action)
        if broadcast.category:
            self._filter.addCategory(broadcast.category)
        version = java_class("android.os.Build$VERSION").SDK_INT
        self._flags = RECEIVER_EXPORTED if version >= FIRST_WITH_FLAG else 0

    def sightings(self) -> AsyncIterator[Sighting | DeviceError]:
        """Yield the codes; an error for a broadcast without one."""
        return self._worker.items(self._work)

    def close(self) -> None:
        """End `sightings` soon."""
        self._worker.closed.set()

    def resumed(self) -> None:
        """Ask for the scanner again: the app is at the front."""
        self._ask(self._wedge.claim)

    def paused(self) -> None:
        """Leave the scanner to others: the app is at the front no more."""
        self._ask(self._wedge.release)

    def _ask(self, wedge: Callable[[], None]) -> None:
        if not self._listening:
            return
        try:
            wedge()
        except DeviceError as error:
            self._worker.hand_over(error)

    def _work(self) -> None:
        # A thread of its own, so that a busy screen delays no code.
        thread = self._thread("scans")
        thread.start()
        try:
            with told("Android does not let the app hear its scanner: install the app anew."):
                handler = self._handler(thread.getLooper())
                self._context.registerReceiver(
                    self._receiver, self._filter, None, handler, self._flags
                )
            self._listening = True
            self.resumed()
            self._worker.closed.wait()
            self.paused()
            self._listening = False
            self._context.unregisterReceiver(self._receiver)
        except DeviceError as error:
            self._worker.hand_over(error)
        finally:
            thread.quitSafely()

    def _received(self, _context: Any, intent: Any) -> None:
        try:
            text = intent.getStringExtra(self._broadcast.text)
            kind = self._broadcast.symbology and intent.getStringExtra(self._broadcast.symbology)
        except Exception:  # a text that Java takes and Python doesn't, in whatever way
            text, kind = None, None
        self._worker.hand_over(_sighting(text, format_of(kind)))


def _sighting(text: str | None, symbology: str | None) -> Sighting | DeviceError:
    if not text or not text.strip():
        return ReadAgain(
            "The handheld's scanner sent no text. Scan again; if it stays, its program names "
            "the code differently (docs/android.md)."
        )
    if len(text) > LONGEST_CODE:
        return ReadAgain("The code is longer than any ticket's. Scan the ticket's own.")
    return Sighting(text, text.encode("utf-8", "surrogatepass"), symbology, "built-in scanner")
