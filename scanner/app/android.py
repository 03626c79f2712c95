"""Composition root of the app on Android phones and handhelds.

Nothing here or below leads to a server, a desktop's devices or a library that Android lacks: a
test walks the imports.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from device.android.battery import PhoneBattery
from device.android.broadcasts import MAKERS, Broadcast, broadcast_of, read_broadcast
from device.android.camera import PhoneCamera
from device.android.chain import PhoneChain
from device.android.datawedge import DataWedge
from device.android.honeywell import DataCollection
from device.android.intents import IntentScanner, OpenWedge, Wedge
from device.android.java import activity, java_class
from device.android.keystore import Keystore
from device.android.lifecycle import Lifecycle
from device.android.speaker import PhoneSpeaker
from device.android.vibrator import PhoneVibrator
from device.decoders.zbar import Zbar
from scanner.app.keystore import KeystoreVault
from scanner.face.equipment import Device, Equipment, Inventory, WantedCodes
from scanner.texts import LANGUAGES

KEY = "identity"
"""Name of the key in Android's keystore."""

SETTINGS = "scanner.toml"
"""Names the broadcast of a handheld that isn't known; in the app's folder on shared storage."""

WEDGES: dict[Broadcast, Callable[[], Wedge]] = {
    MAKERS["zebra"]: DataWedge,
    MAKERS["honeywell"]: DataCollection,
}
"""Makers whose program must be asked; the others broadcast to everybody."""


def this_phone() -> Device:
    """Take hold of the device's parts; call it in the app's first thread.

    Raises:
        PartMissing: This is no Android.
    """
    inventory, wanted = Inventory(), WantedCodes()
    part = inventory.take
    here = activity()
    build = java_class("android.os.Build")
    shared = here.getExternalFilesDir(None)
    settings = Path(shared.getAbsolutePath(), SETTINGS) if shared else Path(SETTINGS)
    broadcast = part(lambda: read_broadcast(settings)) or broadcast_of(build.MANUFACTURER)
    built_in = broadcast and part(lambda: _built_in(broadcast))
    camera = None if built_in else part(lambda: _camera(wanted))
    keystore = part(lambda: Keystore(KEY))
    equipment = Equipment(
        speaker=part(PhoneSpeaker),
        vibrator=part(PhoneVibrator),
        battery=part(PhoneBattery),
        torch=camera.torch if camera else None,
        turn_camera=camera.face if camera else None,
        latest=camera.latest if camera else None,
        missing=tuple(inventory.missing),
    )
    eyes = tuple(eye for eye in (built_in, camera) if eye)
    state = Path(here.getFilesDir().getAbsolutePath(), "lane")
    state.mkdir(mode=0o700, exist_ok=True)
    language = str(java_class("java.util.Locale").getDefault().getLanguage())
    return Device(
        state=state,
        eyes=eyes,
        equipment=equipment,
        vault=KeystoreVault(keystore) if keystore else None,
        language=language if language in LANGUAGES else LANGUAGES[0],
        kept=Lifecycle(eyes),
        name=f"{build.MANUFACTURER} {build.MODEL}"[:80],
        wanted=wanted,
    )


def _camera(wanted: WantedCodes) -> PhoneCamera:
    return PhoneCamera(PhoneChain(Zbar()).look, wanted)


def _built_in(broadcast: Broadcast) -> IntentScanner:
    return IntentScanner(broadcast, WEDGES.get(broadcast, OpenWedge)())
