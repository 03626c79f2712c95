"""The headless lane goes on, whatever a scan does to it."""

from collections.abc import AsyncIterator
from typing import Any, cast

from device.errors import DeviceError, ForeignCode, PictureUnreadable
from device.ports import Sighting
from doubles.gateway.committer_with_devices import RING
from scanner.lane.gatekeeper import Gatekeeper
from scanner.lane.lane import Lane
from scanner.lane.layouts import Layouts
from scanner.station.run import _scan
from validator.admission import Shown
from validator.model import Fault


class Eyes:
    async def sightings(self) -> AsyncIterator[Sighting | DeviceError]:
        yield Sighting("first", b"first", "qrcode", "1.png")
        yield PictureUnreadable("2.png is damaged; take another picture.")
        yield ForeignCode("This is not one of our codes.")
        yield Sighting(None, b"\xff\x00", "qrcode", "3.png")

    def close(self) -> None:
        return


class Stumbling:
    """A lane that fails at its first scan."""

    def __init__(self) -> None:
        self.light = self
        self.taken: list[str] = []
        self.shown: list[Shown | Fault] = []

    async def take(self, text: str, symbology: str | None = None, **_: Any) -> Fault:
        self.taken.append(text)
        if len(self.taken) == 1:
            raise ZeroDivisionError
        return Fault("read", "go on")

    def show(self, shown: Shown | Fault, elapsed_ms: float) -> None:
        self.shown.append(shown)


async def test_a_scan_that_fails_or_can_not_be_read_is_a_fault_and_the_next_one_is_taken() -> None:
    lane = Stumbling()
    keeper = Gatekeeper(cast(Lane, lane), None, lambda advice: None)
    advice: list[str] = []
    layouts = Layouts(lambda: RING, advice.append)
    await _scan(cast(Lane, lane), Eyes(), layouts, keeper, advice.append)
    assert advice == ["This is not one of our codes."]
    assert lane.taken == ["first", "\xff\x00"]
    assert [type(shown) for shown in lane.shown] == [Fault, Fault]
    assert "ZeroDivisionError" in cast(Fault, lane.shown[0]).what
