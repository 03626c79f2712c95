"""The gateway as a check-in device of pretix: connected once, its key kept in its memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256

from validator.errors import NotAllowed
from validator.upstreams.pretix.client import Client

_SOFTWARE = "entrance-control"


@dataclass(frozen=True, slots=True)
class Device:
    """What pretix gave us.

    Args:
        organizer: Short form of the organizer account.
        token: Key of the device.
        numbers: Those of this gateway's devices, the present one last: what they checked in is
            known here already.
        setup: Digest of the code that it was connected with.
    """

    organizer: str
    token: str = field(repr=False)
    numbers: tuple[int, ...]
    setup: str


def is_for(device: Device, setup: str) -> bool:
    """Tell whether a device was connected with this code; none is asked for any more."""
    return not setup or device.setup == _digest(setup)


async def connect(client: Client, setup: str, before: Device | None) -> Device:
    """Trade a one-time code for a device's key.

    Args:
        client: Speaks to the pretix.
        setup: The code.
        before: The device that this one takes over from.

    Raises:
        NotAllowed: There is no code, or pretix does not take it.
        RetryLater: pretix can't be reached.
        WireError: Its answer can't be understood.
    """
    if not setup:
        raise NotAllowed(
            "This gateway is no device of pretix yet. Make one there (Devices -> Connect) and put "
            "its code into `setup`."
        )
    answer = await client.post(
        "",
        "device/initialize",
        {
            "token": setup,
            "hardware_brand": _SOFTWARE,
            "hardware_model": "gateway",
            "software_brand": _SOFTWARE,
            "software_version": "1",
        },
    )
    if answer.status in (400, 404):
        raise NotAllowed(
            "pretix does not take the code in `setup`: it works once. Connect a new device there."
        )
    given = answer.fields()
    return Device(
        given.text("organizer"),
        given.text("api_token", 500),
        (*(before.numbers if before else ()), given.integer("device_id", 1, 2**53)),
        _digest(setup),
    )


def _digest(setup: str) -> str:
    return sha256(setup.encode()).hexdigest()
