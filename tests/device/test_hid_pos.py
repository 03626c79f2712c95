"""Reports of a scanner in HID-POS mode."""

import pytest

from device.errors import DeviceError
from device.hid_pos import LENGTH, Decoded, Reports


def report(data: bytes, aim: bytes = b"]Q0", more: bool = False) -> bytes:
    head = bytes([2, len(data)]) + aim + data
    return head.ljust(LENGTH - 1, b"\0") + bytes([more])


def test_a_short_code_comes_with_its_kind() -> None:
    assert Reports().take(report(b"E1:ABC.")) == Decoded(b"E1:ABC.", "qrcode")


def test_a_long_code_comes_in_parts() -> None:
    reports = Reports()
    assert reports.take(report(b"A" * 56, more=True)) is None
    assert reports.take(report(b"B" * 56, more=True)) is None
    assert reports.take(report(b"C")) == Decoded(b"A" * 56 + b"B" * 56 + b"C", "qrcode")


@pytest.mark.parametrize(
    ("aim", "kind"),
    [(b"]E0", "ean13"), (b"]E4", None), (b"]C1", "code128"), (b"]z3", "aztec"), (b"\0\0\0", None)],
)
def test_the_kind_is_named_as_decoders_name_it(aim: bytes, kind: str | None) -> None:
    assert Reports().take(report(b"X", aim)) == Decoded(b"X", kind)


def test_other_reports_and_stumps_are_left_alone() -> None:
    reports = Reports()
    assert reports.take(b"") is None
    assert reports.take(b"\x03" + report(b"X")[1:]) is None
    assert reports.take(report(b"X")[:20]) is None
    assert reports.take(report(b"")) is None


def test_a_length_that_can_not_be_is_told_and_spoils_nothing_else() -> None:
    reports = Reports()
    reports.take(report(b"HALF", more=True))
    with pytest.raises(DeviceError, match="Scan again"):
        reports.take(bytes([2, 57]) + report(b"X")[2:])
    assert reports.take(report(b"NEXT")) == Decoded(b"NEXT", "qrcode")


def test_a_code_without_end_is_bounded() -> None:
    reports = Reports()
    with pytest.raises(DeviceError):
        for _ in range(100):
            reports.take(report(b"A" * 56, more=True))
