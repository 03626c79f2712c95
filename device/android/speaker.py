"""The loudspeaker of a phone."""

from __future__ import annotations

from typing import Any

from device.android.java import java_class, told
from device.tones import RATE, SOUNDS, samples

MUSIC = 3
MONO = 4
PCM_16 = 2
STATIC = 0
PLAYING = 3
"""Source: Android `AudioManager.STREAM_MUSIC`, `AudioFormat.CHANNEL_OUT_MONO`,
`ENCODING_PCM_16BIT`, `AudioTrack.MODE_STATIC`, `PLAYSTATE_PLAYING`."""


class PhoneSpeaker:
    """Holds every sound ready in Android's mixer; the latest one ends the one before.

    Raises:
        PartMissing: This is no Android, or it gives no sound.
    """

    def __init__(self) -> None:
        track = java_class("android.media.AudioTrack")
        self._tracks: dict[str, Any] = {}
        with told("Android gives no sound: restart the phone; it goes on silently."):
            for sound in SOUNDS:
                data = samples(sound)
                one = track(MUSIC, RATE, MONO, PCM_16, len(data), STATIC)
                one.write(data, 0, len(data))
                self._tracks[sound] = one

    def play(self, sound: str) -> None:
        """Begin a sound at once, in place of the one before.

        Raises:
            PartMissing: Android gives no sound any more.
        """
        with told("Android gives no sound any more: restart the app; it goes on silently."):
            for track in self._tracks.values():
                if track.getPlayState() == PLAYING:
                    track.stop()
            self._tracks[sound].reloadStaticData()
            self._tracks[sound].play()

    def close(self) -> None:
        """Let go of the sounds."""
        for track in self._tracks.values():
            track.release()
        self._tracks = {}
