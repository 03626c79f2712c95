"""Which cameras are plugged in.

Source: Linux kernel documentation, "Video device's internal representation" (sysfs).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SYSFS = Path("/sys/class/video4linux")

MAIN = "0"
"""A camera's first device file gives pictures; its further ones give data about them."""


@dataclass(frozen=True, slots=True)
class CameraFound:
    """A camera that is plugged in.

    Args:
        path: Of its device file, as `Camera.choose` takes it.
        name: As its maker calls it, at most 80 characters.
    """

    path: str
    name: str


def cameras(sysfs: Path = SYSFS) -> tuple[CameraFound, ...]:
    """Return the cameras that are plugged in, in the kernel's order; empty on other systems.

    Args:
        sysfs: Where the kernel lists them.
    """
    found = []
    for node in sorted(sysfs.glob("video*"), key=lambda path: (len(path.name), path.name)):
        if _read(node / "index") in (MAIN, ""):
            found.append(CameraFound(f"/dev/{node.name}", _read(node / "name") or node.name))
    return tuple(found)


def _read(path: Path) -> str:
    try:
        text = path.read_text(errors="replace")
    except OSError:
        # Pulled meanwhile.
        return ""
    return "".join(letter for letter in text.strip() if letter.isprintable())[:80]
