"""The composition root: which eyes and hands each device gets."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from device.android.camera import PhoneCamera
from device.android.intents import IntentScanner
from device.android.java import activity, java_class
from device.ports import Sighting
from doubles.device.java_phone import until
from scanner.app.android import SETTINGS, this_phone
from scanner.texts import LANGUAGES

FAKE = "org.entrancecontrol.tests.FakeKeystore"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The app's folders, on a phone whose keystore works."""
    java_class(FAKE).install()
    java_class("java.lang.System").setProperty("java.io.tmpdir", str(tmp_path))
    yield tmp_path
    java_class(FAKE).forget()
    java_class("android.os.Build").MANUFACTURER = "Zebra Technologies"


def made_by(maker: str) -> None:
    java_class("android.os.Build").MANUFACTURER = maker


def test_a_phone_looks_with_its_camera_and_has_all_hands(folder: Path) -> None:
    made_by("Google")
    phone = this_phone()
    assert [type(eye) for eye in phone.eyes] == [PhoneCamera]
    assert phone.state == folder / "lane"
    assert phone.vault is not None and phone.vault.open(phone.vault.seal(b"x")) == b"x"
    equipment = phone.equipment
    assert (
        equipment.speaker
        and equipment.vibrator
        and equipment.battery
        and equipment.torch
        and equipment.turn_camera
    )
    assert equipment.latest is not None and equipment.latest() is None
    assert equipment.missing == ()
    assert phone.language in LANGUAGES
    assert phone.state.stat().st_mode & 0o077 == 0


def test_a_phone_in_a_language_that_we_lack_begins_in_one_that_we_have(folder: Path) -> None:
    locale = java_class("java.util.Locale")
    before = locale.getDefault()
    try:
        for spoken, shown in (("fr", "fr"), ("pl", LANGUAGES[0])):
            locale.setDefault(locale(spoken))
            assert this_phone().language == shown
    finally:
        locale.setDefault(before)


@pytest.mark.parametrize("maker", ["Zebra Technologies", "Honeywell", "SUNMI", "Newland"])
def test_a_handheld_reads_with_its_own_scanner(folder: Path, maker: str) -> None:
    made_by(maker)
    phone = this_phone()
    assert [type(eye) for eye in phone.eyes] == [IntentScanner]
    assert phone.equipment.torch is None and phone.equipment.latest is None


async def test_an_unknown_handheld_is_set_up_by_a_file(folder: Path) -> None:
    made_by("Chainway")
    settings = 'action = "com.scanner.broadcast"\ntext = "data"\n'
    (folder / SETTINGS).write_text(settings, encoding="utf-8")
    (eye,) = this_phone().eyes
    codes = eye.sightings()
    reading = asyncio.ensure_future(anext(codes))
    await until(activity().receivers)
    intent = java_class("android.content.Intent")("com.scanner.broadcast")
    activity().fromOtherApp(intent.putExtra("data", "TICKET"))
    found = await asyncio.wait_for(reading, 60)
    assert isinstance(found, Sighting) and found.text == "TICKET"
    eye.close()
    await until(lambda: not activity().receivers())


@pytest.mark.parametrize(
    "settings",
    ["action = 1\ntext = 'data'", "action = 'a'", "no toml", "action='a'\ntext='b'\nx='c'"],
)
def test_a_file_that_names_no_broadcast_is_told_and_the_camera_goes_on(
    folder: Path, settings: str
) -> None:
    made_by("Chainway")
    (folder / SETTINGS).write_text(settings, encoding="utf-8")
    phone = this_phone()
    assert [type(eye) for eye in phone.eyes] == [PhoneCamera]
    assert [str(error)[:32] for error in phone.equipment.missing] == [
        "scanner.toml names no broadcast;"
    ]


def test_a_phone_whose_keystore_fails_says_so_and_goes_on(folder: Path) -> None:
    made_by("Google")
    java_class("java.security.Security").removeProvider("AndroidKeyStore")
    phone = this_phone()
    assert phone.vault is None
    assert "keystore" in str(phone.equipment.missing[0])
