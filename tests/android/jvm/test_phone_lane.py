"""From a handheld's scanner and a phone's camera to the verdict of the real lane, on disk."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest
import segno

from device.android.broadcasts import ZEBRA
from device.android.camera import PhoneCamera
from device.android.chain import PhoneChain
from device.android.datawedge import DataWedge
from device.android.intents import IntentScanner
from device.android.java import activity, java_class
from device.decoders.zbar import Zbar
from device.errors import DeviceError
from device.ports import Sighting, Source
from doubles.clock.hand_clock import HandClock
from doubles.device.java_phone import until
from doubles.evening import DEVICE
from doubles.gateway.committer_with_devices import signing_catalogue, token
from doubles.gateway.feed_source import FeedSource
from doubles.store.device_cache import opened
from offline_cache.cache import Cache
from scanner.lane.lane import Lane
from validator.admission import Shown
from validator.model import Assignment, Assurance, CheckInId, Decision, Entry, Fault, Verdict
from validator.wire.messages import ClaimRequest
from validator.wire.rows import entry_row

Reading: TypeAlias = "asyncio.Future[Sighting | DeviceError]"


@dataclass
class Cut:
    """A link that is down."""

    connected: bool = False
    offset_ms: int | None = None

    async def claim(self, request: ClaimRequest) -> Verdict | None:
        return None

    def give_back(self, id: CheckInId) -> None:
        raise AssertionError("nothing was claimed")

    def wake(self) -> None:
        """Nobody is to be woken."""


class Dark:
    """A light that nobody looks at."""

    def show(self, shown: Shown | Fault, elapsed_ms: float) -> None:
        """Nothing is shown."""


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    cache, source, evening = opened(tmp_path), FeedSource(), signing_catalogue()
    cache.knowledge.apply(source.snapshot("catalogue"))
    entries: tuple[Entry, ...] = (
        *evening.performances.values(),
        *evening.tariffs.values(),
        *evening.gates.values(),
        *evening.sources.values(),
        *evening.keys.values(),
        Assignment(DEVICE, "a"),
    )
    cache.knowledge.apply(source.delta("catalogue", *map(entry_row, entries)))
    yield cache
    cache.close()


async def judged(cache: Cache, eye: Source, reading: Reading) -> Shown | Fault:
    """Give the lane what the eye brings first."""
    lane = Lane(DEVICE, cache, Cut(), Dark(), HandClock().clock, bytes)
    found = await asyncio.wait_for(reading, 20)
    eye.close()
    assert isinstance(found, Sighting) and found.text
    return await lane.take(found.text, found.symbology)


def entered(shown: Shown | Fault, cache: Cache) -> None:
    assert isinstance(shown, Shown)
    verdict = shown.verdict
    assert verdict.decision in {Decision.ADMIT, Decision.CHECK}
    assert verdict.assurance is Assurance.PROVISIONAL
    assert cache.backlog() == 1


async def test_a_ticket_scanned_by_a_handheld_enters_and_is_on_disk(cache: Cache) -> None:
    eye = IntentScanner(ZEBRA, DataWedge())
    reading = asyncio.ensure_future(anext(eye.sightings()))
    await until(activity().receivers)
    intent = java_class("android.content.Intent")(ZEBRA.action)
    intent.putExtra(ZEBRA.symbology, "LABEL-TYPE-QRCODE")
    activity().fromOtherApp(intent.putExtra(ZEBRA.text, token(1)))
    entered(await judged(cache, eye, reading), cache)
    await until(lambda: not activity().receivers())


async def test_a_ticket_held_before_a_phones_camera_enters_and_is_on_disk(cache: Cache) -> None:
    java_class("android.app.Activity").granted.add("android.permission.CAMERA")
    lens = java_class("androidx.camera.lifecycle.ProcessCameraProvider")
    rows = list(segno.make(token(2), micro=False, error="m").matrix_iter(scale=6, border=4))
    pixels, size = bytes(0 if dark else 255 for row in rows for dark in row), len(rows)
    eye = PhoneCamera(PhoneChain(Zbar()).look)
    reading = asyncio.ensure_future(anext(eye.sightings()))
    await until(lambda: lens.show(pixels, size, size, size, 90))
    entered(await judged(cache, eye, reading), cache)
