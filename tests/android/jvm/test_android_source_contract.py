"""A handheld's scanner and a phone's camera are sources like every other."""

import threading
from collections.abc import AsyncIterator
from functools import partial

import pytest
import segno
from contracts.test_source_contract import (  # noqa: F401 - the suite, run with our sources
    CODES,
    test_a_closed_source_ends,
    test_all_codes_come_in_order,
    test_closing_twice_is_closing,
)

from device.android.broadcasts import SUNMI
from device.android.camera import PhoneCamera
from device.android.chain import PhoneChain
from device.android.intents import IntentScanner, OpenWedge
from device.android.java import activity, java_class
from device.decoders.zbar import Zbar
from device.ports import Source


def scan(stop: threading.Event) -> None:
    """Scan every code, once somebody listens."""
    while not activity().receivers():
        if stop.wait(0.01):
            return
    for code in CODES:
        intent = java_class("android.content.Intent")(SUNMI.action)
        activity().fromOtherApp(intent.putExtra(SUNMI.text, code))


def hold_up(stop: threading.Event, eye: PhoneCamera) -> None:
    """Hold every code before the camera until it was looked at whole and at half its size."""
    camera = java_class("androidx.camera.lifecycle.ProcessCameraProvider")
    for code in CODES:
        rows = list(segno.make(code, micro=False).matrix_iter(scale=6, border=4))
        size = len(rows)
        pixels = bytes(0 if dark else 255 for row in rows for dark in row)
        for _ in range(2):
            before = eye.latest()
            while not camera.show(pixels, size, size, size, 0):
                if stop.wait(0.01):
                    return
            while eye.latest() is before:
                if stop.wait(0.01):
                    return


@pytest.fixture(params=["intents", "camera"])
async def source(request: pytest.FixtureRequest) -> AsyncIterator[Source]:
    java_class("android.app.Activity").granted.add("android.permission.CAMERA")
    stop = threading.Event()
    if request.param == "intents":
        made: Source = IntentScanner(SUNMI, OpenWedge())
        guest = partial(scan, stop)
    else:
        made = eye = PhoneCamera(PhoneChain(Zbar()).look)
        guest = partial(hold_up, stop, eye)
    for name in ("android.content.Intent", "androidx.camera.lifecycle.ProcessCameraProvider"):
        java_class(name)
    thread = threading.Thread(target=guest)
    thread.start()
    yield made
    made.close()
    stop.set()
    thread.join()
