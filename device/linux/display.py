"""How large the display is that windows open on."""

from __future__ import annotations

import ctypes
import ctypes.util


def display_size() -> tuple[int, int] | None:
    """Return the X display's width and height in pixels; None = there is none, or no Xlib.

    A window that asks for the whole screen gets it from the window manager, and a kiosk may have
    none: there it must be made as large as the screen.

    Source: Xlib, "C Language X Interface", 2.2.1.
    """
    found = ctypes.util.find_library("X11")
    if found is None:
        return None
    x11 = ctypes.CDLL(found)
    x11.XOpenDisplay.restype = ctypes.c_void_p
    opened = x11.XOpenDisplay(None)
    if not opened:
        return None
    display = ctypes.c_void_p(opened)
    size = x11.XDisplayWidth(display, 0), x11.XDisplayHeight(display, 0)
    x11.XCloseDisplay(display)
    return size
