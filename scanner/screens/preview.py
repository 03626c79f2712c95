"""What the camera sees, live, filling its place without being stretched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.graphics import Color, Rectangle
from kivy.graphics.texture import Texture

from device.ports import Gray


class Preview:
    """A picture on the canvas that changes while everything else stands still."""

    def __init__(self) -> None:
        self._texture: Any = None
        self._picture: Any = None
        self._light: Any = None

    def place(self, left: float, foot: float, width: float, height: float) -> None:
        """Draw it into the canvas that is open, in pixels; black until there is a picture."""
        self._light = Color(0, 0, 0)
        self._picture = Rectangle(pos=(left, foot), size=(width, height))
        self._fit()

    def see(self, latest: Callable[[], Gray | None] | None) -> None:
        """Show what a camera sees now; without one, or a new picture, nothing changes."""
        gray = latest() if latest is not None else None
        if gray is None or self._picture is None:
            return
        height, width = gray.shape
        if self._texture is None or self._texture.size != (width, height):
            self._texture = Texture.create(size=(width, height), colorfmt="luminance")
            self._fit()
        self._texture.blit_buffer(gray.tobytes(), colorfmt="luminance", bufferfmt="ubyte")

    def _fit(self) -> None:
        """Cut off what has no room, on both sides alike."""
        texture, picture = self._texture, self._picture
        if texture is None:
            return
        share = (picture.size[0] / picture.size[1]) / (texture.width / texture.height)
        across, down = min(share, 1.0) / 2, min(1 / share, 1.0) / 2
        left, right, top, foot = 0.5 - across, 0.5 + across, 0.5 - down, 0.5 + down
        self._light.rgb = (1, 1, 1)
        picture.texture = texture
        # Rows of a camera's picture come from the top, those of a texture from below.
        picture.tex_coords = (left, foot, right, foot, right, top, left, top)
