"""The outputs of a lane without a screen: what sounds, lights up and opens with a verdict.

Nobody sits before a station, so no part is needed for the others: one that is missing or fails
says so once, and the rest goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from device.errors import PartMissing
from device.lamps import RelayLamps
from device.ports import Lamps, Speaker, Turnstile
from device.relays import Relays
from device.speaker import Loudspeaker, Silence
from device.turnstile import RelayTurnstile
from scanner.errors import FixStart
from scanner.lane.ports import Light
from scanner.wording.palette import STYLES, Look, look_of
from validator.admission import Shown
from validator.model import Fault

LIT_S = 4.0
"""How long a verdict's lamp burns, in seconds: the next guest must not take it for theirs."""

COLOURS = 3

Tell = Callable[[str], object]
Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class StationOptions:
    """What a station was asked to use.

    Args:
        sound: Whether verdicts are to be heard.
        lamps: As `open_lamps` takes it, empty = none.
        turnstile: As `open_turnstile` takes it, empty = none.
    """

    sound: bool = True
    lamps: str = ""
    turnstile: str = ""


class Sounds:
    """Lets a verdict be heard."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker

    def show(self, shown: Shown | Fault, elapsed_ms: float) -> None:
        """Begin the verdict's sound."""
        self._speaker.play(STYLES[_look(shown)].sound)


class Signals:
    """Lets a verdict be seen from afar; a fault stays alight until something else is shown.

    Args:
        lamps: Above the lane.
        lit_s: How long a verdict's lamp burns, in seconds.
    """

    def __init__(self, lamps: Lamps, lit_s: float = LIT_S) -> None:
        self._lamps = lamps
        self._lit_s = lit_s
        self._out: asyncio.TimerHandle | None = None

    def show(self, shown: Shown | Fault, elapsed_ms: float) -> None:
        """Light the verdict's lamp."""
        if self._out is not None:
            self._out.cancel()
            self._out = None
        look = _look(shown)
        self._lamps.show(STYLES[look].lamp)
        if look is not Look.FAULT:
            self._out = asyncio.get_running_loop().call_later(self._lit_s, self._lamps.show, "none")


class Chorus:
    """Shows everything with every light, the surest first.

    Args:
        lights: By the names of their parts, for people.
        tell: Is told once of each part that fails.
    """

    def __init__(self, lights: dict[str, Light], tell: Tell) -> None:
        self._lights = lights
        self._tell = tell
        self._failed: set[str] = set()

    def show(self, shown: Shown | Fault, elapsed_ms: float) -> None:
        """Show it."""
        for name, light in self._lights.items():
            try:
                light.show(shown, elapsed_ms)
            except Exception as error:
                # A part that breaks must not take the verdict with it.
                if name not in self._failed:
                    self._failed.add(name)
                    self._tell(f"The {name} failed ({type(error).__name__}). The rest goes on.")


@dataclass(frozen=True, slots=True)
class Station:
    """What hangs on a lane.

    Args:
        light: All that shows verdicts.
        turnstile: None = there is none.
        outputs: What is let go of at the end.
    """

    light: Light
    turnstile: Turnstile | None
    outputs: tuple[Speaker | Lamps | Turnstile, ...]

    @classmethod
    def of(cls, options: StationOptions, first: Light, tell: Tell) -> Station:
        """Put a station together from what is there.

        Args:
            options: What is wanted.
            first: Light that is always there.
            tell: Is told, once each, of what is missing or fails.

        Raises:
            FixStart: A part's name is not understood.
            DeviceError: A board's address can't be one.
        """
        speaker = _had(lambda: Loudspeaker() if options.sound else Silence(), tell)
        lamps = _had(lambda: open_lamps(options.lamps, tell) if options.lamps else None, tell)
        turnstile = _had(
            lambda: open_turnstile(options.turnstile) if options.turnstile else None, tell
        )
        lights: dict[str, Light] = {"display": first, "sound": Sounds(speaker or Silence())}
        if lamps is not None:
            lights["lamps"] = Signals(lamps)
        outputs = tuple(output for output in (speaker, lamps, turnstile) if output is not None)
        return cls(Chorus(lights, tell), turnstile, outputs)

    def close(self) -> None:
        """Put everything out, shut it, and let go of it; may be called twice."""
        for output in self.outputs:
            output.close()


def open_lamps(name: str, tell: Tell) -> Lamps:
    """Return the lamps of a name.

    Args:
        name: `gpio:CHIP:GREEN,YELLOW,RED` (lines, by number or name), `serial:DEVICE` (relays 1 to
            3) or `http://HOST[:PORT]` (switches 0 to 2).
        tell: Is told once each time that they are lost.

    Raises:
        FixStart: The name is not understood.
        PartMissing: What they need is not installed.
        DeviceError: The address can't be that of a local board.
    """
    kind, _, place = name.partition(":")
    if kind == "gpio":
        from device.linux.gpio import Chip, GpioRelays

        path, pins = _pins(place, COLOURS)
        relays: Relays = GpioRelays(Chip.at(path), pins)
    elif kind == "serial" and place:
        from device.serial_relays import SerialPort, SerialRelays

        relays = SerialRelays(SerialPort(place), COLOURS)
    elif kind == "http":
        from device.http_relays import HttpRelays, LocalBoard

        relays = HttpRelays(LocalBoard.parse(name), COLOURS)
    else:
        raise FixStart(
            f"Unknown lamps '{name[:60]}'; use gpio:CHIP:GREEN,YELLOW,RED, serial:DEVICE or "
            "http://HOST."
        )
    return RelayLamps(relays, lambda error: tell(f"Lamps: {error}"))


def open_turnstile(name: str) -> Turnstile:
    """Return the turnstile of a name.

    Args:
        name: `gpio:CHIP:OPEN,CONTACT` (lines, by number or name), `serial:DEVICE` (relay 1, the
            contact between RTS and CTS) or `http://HOST[:PORT]` (switch 0, input 0).

    Raises:
        FixStart: The name is not understood.
        PartMissing: What it needs is not installed.
        DeviceError: The address can't be that of a local board.
    """
    kind, _, place = name.partition(":")
    if kind == "gpio":
        from device.linux.gpio import Chip, GpioContact, GpioRelays

        path, (opening, passage) = _pins(place, 2)
        chip = Chip.at(path)
        return RelayTurnstile(GpioRelays(chip, (opening,)), GpioContact(chip, passage))
    if kind == "serial" and place:
        from device.contact import PolledContact
        from device.serial_relays import SerialPort, SerialRelays

        port = SerialPort(place)
        contact = PolledContact(port.clear_to_send, port.close)
        return RelayTurnstile(SerialRelays(port, 1), contact)
    if kind == "http":
        from device.contact import PolledContact
        from device.http_relays import HttpRelays, LocalBoard

        board = LocalBoard.parse(name)
        contact = PolledContact(board.input_closed, lambda: None)
        return RelayTurnstile(HttpRelays(board, 1), contact)
    raise FixStart(
        f"Unknown turnstile '{name[:60]}'; use gpio:CHIP:OPEN,CONTACT, serial:DEVICE or "
        "http://HOST."
    )


def _pins(place: str, count: int) -> tuple[str, tuple[int | str, ...]]:
    path, _, names = place.rpartition(":")
    pins = [name.strip() for name in names.split(",")]
    if not path or len(pins) != count or not all(pins) or len(set(pins)) != count:
        raise FixStart(f"GPIO lines are named gpio:CHIP:{','.join(['LINE'] * count)}.")
    return path, tuple(int(pin) if pin.isdecimal() else pin for pin in pins)


def _had(opened: Callable[[], Part], tell: Tell) -> Part | None:
    try:
        return opened()
    except PartMissing as error:
        tell(str(error))
        return None


def _look(shown: Shown | Fault) -> Look:
    return look_of(shown if isinstance(shown, Fault) else shown.verdict)
