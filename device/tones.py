"""The six sounds of verdicts, made once as samples: told apart by pitch and by rhythm.

People with hearing loss miss high notes first, and a queue is loudest below 500 Hz, so every note
lies between 330 and 1,320 Hz and carries its octave.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from functools import cache

RATE = 44_100
"""Samples a second, one channel, 16 bits."""

LOUDNESS = 0.8
"""Of full scale."""

EDGE_S = 0.006
"""Every note swells and fades this long, so that nothing clicks."""

E4, G4, A4, C5, E5, A5, E6 = 329.6, 392.0, 440.0, 523.3, 659.3, 880.0, 1318.5
"""Hertz. Source: ISO 16 (A4 = 440 Hz), equal temperament."""


@dataclass(frozen=True, slots=True)
class Note:
    """One note, or a rest.

    Args:
        pitch_hz: 0 = silence.
        length_ms: How long.
        loudness: Of `LOUDNESS`, 0 to 1.
    """

    pitch_hz: float
    length_ms: int
    loudness: float = 1.0


REST = Note(0, 50)

SOUNDS: dict[str, tuple[Note, ...]] = {
    "rising": (Note(A5, 60), Note(E6, 60)),
    "three_short": (Note(E5, 70), REST, Note(E5, 70), REST, Note(E5, 70)),
    "two_low": (Note(A4, 140), Note(0, 70), Note(A4, 140)),
    "long_low": (Note(E4, 450),),
    "click": (Note(C5, 18, 0.4),),
    "falling": (Note(E5, 120), Note(C5, 120), Note(G4, 160)),
}
"""By the names of `scanner.wording.palette.Style.sound`."""


@cache
def samples(sound: str) -> bytes:
    """Return a sound as 16-bit samples in the machine's byte order.

    Args:
        sound: A name of `SOUNDS`.
    """
    return b"".join(_note(note) for note in SOUNDS[sound])


def _note(note: Note) -> bytes:
    count = RATE * note.length_ms // 1000
    edge = min(int(RATE * EDGE_S), count // 2)
    peak = 32_767 * LOUDNESS * note.loudness
    found = array("h")
    for index in range(count):
        swell = min(1.0, index / edge, (count - 1 - index) / edge) if note.pitch_hz else 0.0
        turn = 2 * math.pi * note.pitch_hz * index / RATE
        found.append(int(peak * swell * (0.8 * math.sin(turn) + 0.2 * math.sin(2 * turn))))
    return found.tobytes()
