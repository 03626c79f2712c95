"""Plays the sounds of verdicts through the machine's sound device."""

from __future__ import annotations

import contextlib
import ctypes
import threading
from array import array
from collections.abc import Generator
from typing import TYPE_CHECKING

from device.errors import Defect, PartMissing
from device.tones import RATE, SOUNDS, samples

if TYPE_CHECKING:
    import miniaudio

BUFFER_MS = 20
"""Delay between the call and the first sample."""


_hushed: list[object] = []
"""What ALSA calls instead of printing; kept for as long as the library may call it."""


class Silence:
    """A speaker for lanes that are to be quiet, or can't be otherwise."""

    def play(self, sound: str) -> None:
        """Say nothing."""

    def close(self) -> None:
        """Nothing is held."""


class Loudspeaker:
    """Keeps the sound device running and mixes nothing: the latest sound is the one that counts.

    Raises:
        PartMissing: There is no library or no sound device.
    """

    def __init__(self) -> None:
        try:
            import miniaudio
        except ImportError as error:
            raise PartMissing(
                "Sound needs miniaudio. Install entrance-control[station]; it goes on silently.",
                Defect.LIBRARY_MISSING,
            ) from error
        self._sound = array("h")
        self._at = 0
        self._lock = threading.Lock()
        for sound in SOUNDS:
            samples(sound)
        _hush()
        try:
            # The library's null device would be silent without saying so.
            real = [one for one in miniaudio.Backend if one is not miniaudio.Backend.NULL]
            self._device: miniaudio.PlaybackDevice = miniaudio.PlaybackDevice(
                backends=real,
                output_format=miniaudio.SampleFormat.SIGNED16,
                nchannels=1,
                sample_rate=RATE,
                buffersize_msec=BUFFER_MS,
                app_name="entrance-scanner",
            )
            stream = self._stream()
            next(stream)
            self._device.start(stream)
        except miniaudio.MiniaudioError as error:
            raise PartMissing(
                "This machine has no sound device that works. Plug one in and start again; "
                "it goes on silently.",
                Defect.SOUND_MISSING,
            ) from error

    def play(self, sound: str) -> None:
        """Begin a sound at once, in place of the one before."""
        with self._lock:
            self._sound, self._at = array("h", samples(sound)), 0

    def close(self) -> None:
        """Let go of the sound device."""
        with contextlib.suppress(Exception):
            self._device.close()

    def _stream(self) -> Generator[array[int], int, None]:
        wanted = yield array("h")
        while True:
            with self._lock:
                part = self._sound[self._at : self._at + wanted]
                self._at += len(part)
            wanted = yield part + array("h", bytes(2 * (wanted - len(part))))


def _hush() -> None:
    """Keep ALSA from printing twenty lines about each card that it does not find.

    Source: ALSA library, `snd_lib_error_set_handler`.
    """
    # A hardened service may not make functions at run time; then ALSA prints.
    with contextlib.suppress(OSError, AttributeError, MemoryError):
        words = (ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p)
        unsaid = ctypes.CFUNCTYPE(None, *words)(lambda *said: None)
        _hushed.append(unsaid)
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(unsaid)
