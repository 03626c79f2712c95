"""Built-in scanners of handhelds: broadcasts from Java threads, through real JNI."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from device.android.broadcasts import (
    DATALOGIC,
    HONEYWELL,
    NEWLAND,
    SUNMI,
    ZEBRA,
    Broadcast,
    broadcast_of,
)
from device.android.datawedge import DataWedge
from device.android.honeywell import CLAIM, RELEASE, DataCollection
from device.android.intents import IntentScanner, OpenWedge, Wedge
from device.android.java import activity, java_class
from device.android.lifecycle import Lifecycle
from device.errors import DeviceError, PartMissing
from device.ports import LONGEST_CODE, Sighting
from doubles.device.java_phone import until

TICKET = "E1:6BFOXN*TS0BI$ZD-P% A.+/"


def send(action: str, category: str = "", **extras: str) -> int:
    """Broadcast as another app would; returns how many receivers hear it."""
    intent = java_class("android.content.Intent")(action)
    for name, value in extras.items():
        intent.putExtra(name.replace("__", "."), value)
    if category:
        intent.addCategory(category)
    return int(activity().fromOtherApp(intent))


@asynccontextmanager
async def reading(
    broadcast: Broadcast, wedge: Wedge | None = None
) -> AsyncIterator[tuple[IntentScanner, AsyncIterator[Sighting | DeviceError]]]:
    """Read until the block ends, having waited for the receiver to be registered."""
    scanner = IntentScanner(broadcast, wedge or OpenWedge())
    codes = scanner.sightings()
    first = asyncio.ensure_future(anext(codes))
    yielded = False

    async def items() -> AsyncIterator[Sighting | DeviceError]:
        nonlocal yielded
        yielded = True
        yield await first
        async for item in codes:
            yield item

    async with asyncio.timeout(20):
        await until(lambda: activity().receivers() or first.done())
        yield scanner, items()
        scanner.close()
        if not yielded:
            with pytest.raises(StopAsyncIteration):
                await first
        await until(lambda: not activity().receivers())


async def test_zebra_is_read_and_other_broadcasts_are_not() -> None:
    async with reading(ZEBRA) as (_, codes):
        assert not send("other.action", com__symbol__datawedge__data_string="NO")
        send(
            ZEBRA.action,
            com__symbol__datawedge__data_string=TICKET,
            com__symbol__datawedge__label_type="LABEL-TYPE-QRCODE",
        )
        found = await anext(codes)
        assert found == Sighting(TICKET, TICKET.encode(), "qrcode", "built-in scanner")


@pytest.mark.parametrize(
    ("maker", "broadcast", "kind"),
    [
        ("Zebra Technologies", ZEBRA, "LABEL-TYPE-EAN13"),
        ("Honeywell", HONEYWELL, "]E0"),
        ("SUNMI", SUNMI, None),
        ("Newland", NEWLAND, "EAN-13"),
        ("Datalogic", DATALOGIC, "EAN13"),
    ],
)
async def test_each_makers_broadcast_is_understood(
    maker: str, broadcast: Broadcast, kind: str | None
) -> None:
    assert broadcast_of(maker) == broadcast
    async with reading(broadcast) as (_, codes):
        extras = {broadcast.text: "4006381333931"}
        if kind:
            extras[broadcast.symbology] = kind
        assert send(broadcast.action, broadcast.category, **extras) == 1
        found = await anext(codes)
        assert isinstance(found, Sighting)
        assert (found.text, found.symbology) == ("4006381333931", "ean13" if kind else None)


async def test_a_burst_of_200_codes_comes_exactly_and_in_order() -> None:
    async with reading(SUNMI) as (_, codes):
        for number in range(200):
            send(SUNMI.action, data=f"CODE-{number}")
        found = [await anext(codes) for _ in range(200)]
        assert [item.text for item in found if isinstance(item, Sighting)] == [
            f"CODE-{number}" for number in range(200)
        ]


async def test_letters_beyond_ascii_and_beyond_sixteen_bits_come_through() -> None:
    async with reading(SUNMI) as (_, codes):
        send(SUNMI.action, data="Zürich 🎫")
        found = await anext(codes)
        assert isinstance(found, DeviceError) or found.text == "Zürich 🎫"
        send(SUNMI.action, data=TICKET)
        after = await anext(codes)
        assert isinstance(after, Sighting) and after.text == TICKET


async def test_a_broadcast_without_a_code_and_an_endless_one_are_told() -> None:
    async with reading(SUNMI) as (_, codes):
        send(SUNMI.action, other="x")
        send(SUNMI.action, data=" ")
        send(SUNMI.action, data="A" * (LONGEST_CODE + 1))
        send(SUNMI.action, data=TICKET)
        nothing, blank, endless, ticket = [await anext(codes) for _ in range(4)]
        assert isinstance(nothing, DeviceError) and "no text" in str(nothing)
        assert isinstance(blank, DeviceError)
        assert isinstance(endless, DeviceError) and "longer" in str(endless)
        assert isinstance(ticket, Sighting)


async def test_an_older_android_gets_no_flag_that_it_does_not_know() -> None:
    java_class("android.os.Build$VERSION").SDK_INT = 30
    async with reading(SUNMI) as (_, codes):
        send(SUNMI.action, data=TICKET)
        assert isinstance(await anext(codes), Sighting)


async def test_datawedge_is_told_to_broadcast_our_action_to_this_app_only() -> None:
    async with reading(ZEBRA, DataWedge()):
        await until(activity().sent.size)
        intent = activity().sent.get(0)
        assert intent.getAction() == "com.symbol.datawedge.api.ACTION"
        assert intent.getPackage() == "com.symbol.datawedge"
        profile = intent.getBundleExtra("com.symbol.datawedge.api.SET_CONFIG").toString()
        for setting in (
            "PROFILE_NAME=entrance-control",
            "CONFIG_MODE=CREATE_IF_NOT_EXIST",
            "{ACTIVITY_LIST=[*], PACKAGE_NAME=org.entrancecontrol.scanner}",
            f"intent_action={ZEBRA.action}, intent_delivery=2, intent_output_enabled=true",
            "keystroke_output_enabled=false",
            "scanner_input_enabled=true",
        ):
            assert setting in profile


async def test_honeywell_is_claimed_at_the_front_and_released_behind() -> None:
    async with reading(HONEYWELL, DataCollection()) as (scanner, codes):
        lifecycle = Lifecycle((scanner,))
        await until(activity().sent.size)
        activity().getApplication().leaveAndComeBack(activity())
        actions = [activity().sent.get(place).getAction() for place in range(3)]
        assert actions == [CLAIM, RELEASE, CLAIM]
        claim = activity().sent.get(2)
        assert claim.getPackage() == "com.intermec.datacollectionservice"
        assert claim.getStringExtra("com.honeywell.aidc.extra.EXTRA_SCANNER") == (
            "dcs.scanner.imager"
        )
        properties = claim.getBundleExtra("com.honeywell.aidc.extra.EXTRA_PROPERTIES").toString()
        assert properties == f"{{DPR_DATA_INTENT=true, DPR_DATA_INTENT_ACTION={HONEYWELL.action}}}"
        send(HONEYWELL.action, data=TICKET, aimId="]Q1")
        found = await anext(codes)
        assert isinstance(found, Sighting) and found.symbology == "qrcode"
        lifecycle.close()
        activity().getApplication().leaveAndComeBack(activity())
        assert activity().sent.size() == 3
    assert activity().sent.get(3).getAction() == RELEASE


async def test_a_scanner_that_may_not_be_claimed_is_told_and_comes_when_it_may() -> None:
    activity().closed = True
    async with reading(HONEYWELL, DataCollection()) as (scanner, codes):
        refused = await anext(codes)
        assert isinstance(refused, PartMissing) and "allow the app" in str(refused)
        activity().closed = False
        scanner.resumed()
        send(HONEYWELL.action, data=TICKET)
        assert isinstance(await anext(codes), Sighting)
