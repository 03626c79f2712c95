"""A display that a test types on, touches and looks at, without a program in between.

Source: Xlib, "C Language X Interface"; XTEST, "Extension Library".
"""

from __future__ import annotations

import ctypes
import ctypes.util

SHIFT = 0xFFE1
RETURN, ESCAPE = 0xFF0D, 0xFF1B
EVERYTHING, ZPIXMAP = 0xFFFFFFFF, 2


class Keyboard:
    """The keys, the pointer and the pixels of a display.

    Args:
        display: Its name, such as `:99`.

    Raises:
        OSError: The libraries or the display are not there.
    """

    def __init__(self, display: str) -> None:
        x11, xtst = ctypes.util.find_library("X11"), ctypes.util.find_library("Xtst")
        if not x11 or not xtst:
            raise OSError("libX11 or libXtst is not installed")
        self._x, self._test = ctypes.CDLL(x11), ctypes.CDLL(xtst)
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._x.XDefaultRootWindow.restype = ctypes.c_ulong
        self._x.XGetImage.restype = ctypes.c_void_p
        self._x.XGetPixel.restype = ctypes.c_ulong
        opened = self._x.XOpenDisplay(display.encode())
        if not opened:
            raise OSError(f"the display {display} can't be opened")
        self._display = ctypes.c_void_p(opened)
        self._root = ctypes.c_ulong(self._x.XDefaultRootWindow(self._display))
        self._codes: dict[str, tuple[int, bool]] = {}

    def type(self, text: str) -> None:
        """Type printable ASCII, as fast as the display takes it."""
        for letter in text:
            code, shifted = self._codes.get(letter) or self._find(letter)
            if shifted:
                self._press(self._code(SHIFT), True)
            self._press(code, True)
            self._press(code, False)
            if shifted:
                self._press(self._code(SHIFT), False)
        self._x.XSync(self._display, False)

    def key(self, symbol: int) -> None:
        """Press a key by its symbol."""
        code = self._code(symbol)
        self._press(code, True)
        self._press(code, False)
        self._x.XSync(self._display, False)

    def click(self, x: float, y: float) -> None:
        """Touch a place, in pixels from the left and from the top."""
        self._test.XTestFakeMotionEvent(self._display, -1, int(x), int(y), ctypes.c_ulong(0))
        for down in (True, False):
            self._test.XTestFakeButtonEvent(self._display, 1, down, ctypes.c_ulong(0))
        self._x.XSync(self._display, False)

    def pixel(self, x: int, y: int) -> str:
        """Return a pixel's colour, `#RRGGBB`."""
        image = ctypes.c_void_p(
            self._x.XGetImage(
                self._display, self._root, x, y, 1, 1, ctypes.c_ulong(EVERYTHING), ZPIXMAP
            )
        )
        value = int(self._x.XGetPixel(image, 0, 0))
        self._x.XDestroyImage(image)
        return f"#{value & 0xFFFFFF:06X}"

    def close(self) -> None:
        """Leave the display."""
        self._x.XCloseDisplay(self._display)

    def _find(self, letter: str) -> tuple[int, bool]:
        symbol = ctypes.c_ulong(ord(letter))
        code = self._code(ord(letter))
        plain = self._x.XkbKeycodeToKeysym(self._display, code, 0, 0)
        found = (code, plain != symbol.value)
        self._codes[letter] = found
        return found

    def _code(self, symbol: int) -> int:
        return int(self._x.XKeysymToKeycode(self._display, ctypes.c_ulong(symbol))) & 0xFF

    def _press(self, code: int, down: bool) -> None:
        self._test.XTestFakeKeyEvent(self._display, code, down, ctypes.c_ulong(0))
