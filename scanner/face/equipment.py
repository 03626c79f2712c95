"""What the app on a screen is given: eyes, sound, vibration, charge, lamp, picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from device.errors import DeviceError
from device.ports import Battery, Gray, Source, Speaker, Vibrator
from device.wanted import Wanted
from offline_cache.identity.vault import Vault

Part = TypeVar("Part")


@dataclass(slots=True)
class Inventory:
    """Takes hold of a device's parts one by one.

    Attributes:
        missing: Why a part is not there, of each that is not.
    """

    missing: list[DeviceError] = field(default_factory=list)

    def take(self, make: Callable[[], Part]) -> Part | None:
        """Return a part; None if there is none."""
        try:
            return make()
        except DeviceError as error:
            self.missing.append(error)
            return None


@dataclass(frozen=True, slots=True)
class Equipment:
    """The parts that a device has; each composition root makes its own.

    Args:
        speaker: Sounds of verdicts; None = it stays silent.
        vibrator: None = it can't shake.
        battery: None = it has none.
        torch: Switches the lamp beside the camera; None = there is none.
        turn_camera: Takes the camera on the screen's side (true) or at the back; None = no choice.
        latest: Returns what the camera sees, for a preview; None = there is no camera.
        missing: What is not there though it should be: to be shown once, the rest goes on.
    """

    speaker: Speaker | None = None
    vibrator: Vibrator | None = None
    battery: Battery | None = None
    torch: Callable[[bool], None] | None = None
    turn_camera: Callable[[bool], None] | None = None
    latest: Callable[[], Gray | None] | None = None
    missing: tuple[DeviceError, ...] = ()


@dataclass(slots=True)
class WantedCodes:
    """What the eyes ask: which codes tickets have at this gate.

    Attributes:
        of: Any code, until the device has heard a plan.
    """

    of: Callable[[], Wanted] = Wanted

    def __call__(self) -> Wanted:
        """Return what is looked for now."""
        return self.of()


@dataclass(frozen=True, slots=True)
class Device:
    """What the app needs of the device that it runs on; each composition root makes its own.

    Args:
        state: Folder that only this app reads.
        eyes: Where codes come from, besides a keyboard scanner that types into the window.
        equipment: The other parts.
        vault: Opens the device's identity; None = it lies open.
        language: Two letters.
        kept: Whatever must live as long as the app does.
        name: What people call it; empty = as its host is named.
        wanted: Told by the app, asked by the eyes.
        window: Width and height in pixels; None = as the platform has it.
        whole: Whether it covers the screen, without a frame.
    """

    state: Path
    eyes: Sequence[Source]
    equipment: Equipment
    vault: Vault | None = None
    language: str = "en"
    kept: object = None
    name: str = ""
    wanted: WantedCodes = field(default_factory=WantedCodes)
    window: tuple[int, int] | None = None
    whole: bool = True
