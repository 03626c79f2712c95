"""The picture that a device is enrolled with."""

from __future__ import annotations

import re

import numpy
import pytest

from device.decoders.zxing import Zxing
from validator.enrolment import Invitation, enrolment_code
from validator.gateway.commands.invitation import address_for_devices, terminal_qr
from validator.gateway.host.listeners import Address

HASH = bytes(range(32))
TEXT = Invitation("192.168.100.200:8443", enrolment_code(HASH, b"01234"), HASH).text


def test_a_camera_reads_the_picture_of_the_terminal() -> None:
    lines = [re.sub("\x1b\\[[0-9;]*m", "", line) for line in terminal_qr(TEXT).splitlines()]
    rows = []
    for line in lines:
        rows.append([0 if half in "▀█" else 255 for half in line])
        rows.append([0 if half in "▄█" else 255 for half in line])
    picture = numpy.repeat(numpy.repeat(numpy.array(rows, numpy.uint8), 4, 0), 4, 1)
    assert [symbol.text for symbol in Zxing().decode(picture)] == [TEXT]
    assert len(lines[0]) <= 80, "wider than a terminal"


@pytest.mark.parametrize(
    ("listens", "named", "address"),
    [
        ("10.0.0.5", "", "10.0.0.5:8443"),
        ("0.0.0.0", "gate.example", "gate.example:8443"),
        ("::", "fe80::1", "[fe80::1]:8443"),
        ("gate.example", "", "gate.example:8443"),
    ],
)
def test_devices_are_told_where_the_gateway_is(listens: str, named: str, address: str) -> None:
    assert address_for_devices(Address(listens, 8443), named) == address


def test_every_address_becomes_the_one_of_this_machine_or_none() -> None:
    told = address_for_devices(Address("0.0.0.0", 8443))
    assert told == "" or (told.endswith(":8443") and not told.startswith("0.0.0.0"))
