"""The gateway as a check-in device of pretix: connected once, its key kept for its owner only."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from validator.errors import FixConfig, NotAllowed
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
    """

    organizer: str
    token: str = field(repr=False)
    numbers: tuple[int, ...]


def load(path: Path) -> Device | None:
    """Read the device; None = not connected yet.

    Raises:
        FixConfig: The file can't be read.
    """
    try:
        plain = json.loads(path.read_bytes())
        return Device(plain["organizer"], plain["token"], tuple(plain["numbers"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FixConfig(
            f"{path.name} can't be read ({type(error).__name__}). Restore it from a backup, or "
            "remove it and connect a new device of pretix."
        ) from error


async def connect(client: Client, setup: str, path: Path) -> Device:
    """Trade a one-time code for a device's key, and keep that.

    Args:
        client: Speaks to the pretix.
        setup: The code.
        path: Where the key is kept, readable by its owner only.

    Raises:
        NotAllowed: There is no code, or pretix does not take it.
        RetryLater: pretix can't be reached.
        WireError: Its answer can't be understood.
        FixConfig: The key can't be kept.
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
    device = Device(
        given.text("organizer"),
        given.text("api_token", 500),
        (given.integer("device_id", 1, 2**53),),
    )
    _save(path, device)
    return device


def _save(path: Path, device: Device) -> None:
    new = path.with_suffix(".new")
    try:
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            json.dump(asdict(device), file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        raise FixConfig(f"The key of pretix can't be kept in {path.name}: {error}.") from error
