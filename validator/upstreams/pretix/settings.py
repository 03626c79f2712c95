"""What the organiser tells of a pretix."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Settings:
    """One organizer account of a pretix. Secrets are never shown.

    Args:
        url: Of the installation, such as `https://pretix.eu`.
        setup: One-time code of a device that was made for this gateway in pretix (Devices ->
            Connect); asked for once.
        events: Short forms of the events that are followed; none = all that the device may see.
    """

    url: str
    setup: str = field(default="", repr=False)
    events: tuple[str, ...] = ()
