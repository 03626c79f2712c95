"""What keys mean: exactly what the system's own keyboard tables say."""

import ctypes
import ctypes.util

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.layouts import CODES, LAYOUTS, typed
from device.ports import Key
from doubles.device.keys import press

XKB = {"us": "us", "uk": "gb", "fr": "fr", "de": "de", "ch": "ch", "es": "es", "it": "it"}
BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


class _Names(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_char_p) for name in ("rules", "model", "layout", "variant", "options")
    ]


def system_letters(layout: str) -> dict[tuple[int, int], str]:
    """Ask libxkbcommon for every key of a layout, at its first three levels."""
    xkb = ctypes.CDLL("libxkbcommon.so.0")
    xkb.xkb_context_new.restype = ctypes.c_void_p
    xkb.xkb_keymap_new_from_names.restype = ctypes.c_void_p
    variant = b"azerty" if layout == "fr" else b""
    names = _Names(b"evdev", b"pc105", XKB[layout].encode(), variant, b"")
    context = ctypes.c_void_p(xkb.xkb_context_new(0))
    keymap = ctypes.c_void_p(xkb.xkb_keymap_new_from_names(context, ctypes.byref(names), 0))
    found = {}
    for code in CODES:
        for level in range(3):
            symbols = ctypes.POINTER(ctypes.c_uint32)()
            count = xkb.xkb_keymap_key_get_syms_by_level(
                keymap, code + 8, 0, level, ctypes.byref(symbols)
            )
            letter = xkb.xkb_keysym_to_utf32(symbols[0]) if count > 0 else 0
            if 32 < letter < 127:
                found[code, level] = chr(letter)
    return found


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_key_means_what_the_system_says(layout: str) -> None:
    try:
        wanted = system_letters(layout)
    except OSError:
        pytest.skip("not installed: libxkbcommon0")
    for code in CODES:
        for level in range(3):
            key = Key(code, shift=level == 1, altgr=level == 2)
            assert typed([key], layout) == wanted.get((code, level), "\N{REPLACEMENT CHARACTER}")


@pytest.mark.parametrize("layout", LAYOUTS)
@given(text=st.text(BASE45, max_size=150))
def test_a_scanner_set_to_any_country_types_every_token(layout: str, text: str) -> None:
    assert typed(press(text, layout), layout) == text


def test_an_accent_is_never_left_out() -> None:
    assert typed([Key(26), Key(30)], "fr") == "\N{REPLACEMENT CHARACTER}q"


def test_a_character_composed_with_alt_is_the_same_everywhere() -> None:
    assert {typed([Key(256 + ord("^"))], layout) for layout in LAYOUTS} == {"^"}
