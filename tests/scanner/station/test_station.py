"""A verdict is seen and heard; a part that is missing or fails takes nothing with it."""

import asyncio
from collections.abc import Callable

import pytest

from device.errors import DeviceError, PartMissing
from device.lamps import RelayLamps
from doubles.device.boards import MemoryBoard
from scanner.errors import FixStart
from scanner.station.outputs import (
    Chorus,
    Signals,
    Sounds,
    Station,
    StationOptions,
    open_lamps,
    open_turnstile,
)
from scanner.wording.palette import STYLES, Look
from validator.admission import Shown
from validator.model import CheckInId, Decision, Fault, Next, Reason, Verdict

ADMITTED = Verdict(Decision.ADMIT, Reason.OK, Next.LET_IN, count=1)
BROKEN = Fault("The camera is gone.", "Plug it in.")


class Ears:
    """A light, a speaker and lamps that remember; may be broken."""

    def __init__(self, broken: bool = False) -> None:
        self.got: list[object] = []
        self._broken = broken

    def show(self, shown: Shown | Fault | str, elapsed_ms: float = 0.0) -> None:
        if self._broken:
            raise OSError
        self.got.append(shown)

    def play(self, sound: str) -> None:
        self.got.append(sound)

    def close(self) -> None: ...


def test_a_part_that_fails_says_so_once_and_the_rest_goes_on() -> None:
    told: list[str] = []
    first, last = Ears(), Ears()
    chorus = Chorus({"display": first, "lamps": Ears(broken=True), "sound": last}, told.append)
    chorus.show(BROKEN, 1.0)
    chorus.show(BROKEN, 1.0)
    assert first.got == last.got == [BROKEN, BROKEN]
    assert told == ["The lamps failed (OSError). The rest goes on."]


async def test_a_fault_sounds_like_none_of_the_verdicts_and_stays_alight() -> None:
    speaker, lamps = Ears(), Ears()
    Sounds(speaker).show(BROKEN, 1.0)
    Signals(lamps).show(BROKEN, 1.0)
    assert speaker.got == [STYLES[Look.FAULT].sound] == ["falling"]
    assert lamps.got == ["red_yellow"]


def test_a_station_is_put_together_from_what_is_there() -> None:
    told: list[str] = []
    printer = Ears()
    station = Station.of(StationOptions(sound=True), printer, told.append)
    station.light.show(BROKEN, 1.0)
    station.close()
    station.close()
    assert printer.got == [BROKEN]
    assert all("goes on silently" in text for text in told)


async def test_lamps_that_are_not_plugged_in_are_told_and_the_lane_goes_on() -> None:
    told: list[str] = []
    printer = Ears()
    options = StationOptions(sound=False, lamps="serial:/dev/ttyNOBOARD")
    station = Station.of(options, printer, told.append)
    station.light.show(BROKEN, 1.0)
    async with asyncio.timeout(10):
        while not told:  # noqa: ASYNC110 - told by a thread
            await asyncio.sleep(0.005)
    station.close()
    assert printer.got == [BROKEN]
    assert told == [
        "Lamps: The board at /dev/ttyNOBOARD can't be reached: it does not answer. Plug it in; "
        "it is used as soon as it is there."
    ]


@pytest.mark.parametrize(
    "name",
    ["", "moon:1", "serial:", "gpio:", "gpio:/dev/gpiochip0:1", "gpio:/dev/gpiochip0:1,1,1,1,1"],
)
@pytest.mark.parametrize("opened", [lambda name: open_lamps(name, print), open_turnstile])
def test_a_name_that_is_not_understood_is_told_before_the_doors_open(
    name: str, opened: Callable[[str], object]
) -> None:
    with pytest.raises(FixStart, match="gpio:CHIP"):
        opened(name)


@pytest.mark.parametrize(
    ("lamps", "turnstile"),
    [
        ("gpio:/dev/gpiochip9:17,27,GPIO22", "gpio:/dev/gpiochip9:5,6"),
        ("serial:/dev/ttyNOBOARD", "serial:/dev/ttyNOBOARD"),
        ("http://192.168.0.9", "http://192.168.0.9:8080"),
    ],
)
async def test_every_kind_of_board_opens_without_being_there(lamps: str, turnstile: str) -> None:
    try:
        made = open_lamps(lamps, print)
        gate = open_turnstile(turnstile)
    except PartMissing as error:
        pytest.skip(str(error))
    assert isinstance(made, RelayLamps)
    if "http" not in turnstile:
        with pytest.raises(DeviceError, match="can't be"):
            await gate.let_one(0.01)
        gate.close()


async def test_the_lamp_of_a_verdict_goes_out_before_the_next_guest_comes() -> None:
    hung = MemoryBoard()
    lamps = RelayLamps(hung, print)
    signals = Signals(lamps, lit_s=0.01)
    signals.show(Shown(CheckInId("1"), ADMITTED), 1.0)
    async with asyncio.timeout(10):
        while hung.steps != [{1}, set()]:  # noqa: ASYNC110 - a lamp tells nobody
            await asyncio.sleep(0.005)
    signals.show(BROKEN, 1.0)
    async with asyncio.timeout(10):
        while len(hung.steps) < 3:  # noqa: ASYNC110 - a lamp tells nobody
            await asyncio.sleep(0.005)
    assert hung.steps[2:] == [{2, 3}]
    lamps.close()


async def test_the_lamp_of_a_fault_stays_alight() -> None:
    lamps, lit_s = Ears(), 0.01
    signals = Signals(lamps, lit_s)
    over = asyncio.Event()
    for shown in (Shown(CheckInId("1"), ADMITTED), BROKEN):
        signals.show(shown, 1.0)
        # Of two timers of one length the later one ends later, so the lamp's has had its turn.
        asyncio.get_running_loop().call_later(lit_s, over.set)
        await over.wait()
        over.clear()
    assert lamps.got == ["green", "none", "red_yellow"]
