"""Six sounds that nobody mixes up, and a speaker that never holds up a verdict."""

import numpy
import pytest
from numpy.typing import NDArray

from device.errors import PartMissing
from device.speaker import Loudspeaker, Silence
from device.tones import RATE, SOUNDS, samples
from scanner.wording.palette import STYLES

FRAME = RATE // 100


def heard(sound: str) -> NDArray[numpy.float64]:
    return numpy.frombuffer(samples(sound), dtype=numpy.int16) / 32768


def pitches(sound: str) -> list[int]:
    """Return the loudest pitch of each note, by ear: silence and changes part the notes."""
    found: list[int] = []
    wave = heard(sound)
    last, steady = 0, False
    for start in range(0, len(wave) - 2 * FRAME, FRAME):
        part = wave[start : start + 2 * FRAME]
        loud = numpy.sqrt(numpy.mean(part**2)) >= 0.05
        spectrum = numpy.abs(numpy.fft.rfft(part * numpy.hanning(len(part)), RATE))
        pitch = int(numpy.argmax(spectrum)) if loud else 0
        # A note is what stays for two frames; between notes there is neither.
        same = loud and abs(pitch - last) < 20
        if same and not steady:
            found.append(pitch)
        last, steady = pitch, same
    return found


def test_every_look_has_its_own_sound() -> None:
    assert {style.sound for style in STYLES.values()} == set(SOUNDS)
    assert len({samples(sound) for sound in SOUNDS}) == len(SOUNDS) == len(STYLES)


def test_two_notes_rise_in_120_ms() -> None:
    low, high = pitches("rising")
    assert high > low * 1.3
    assert len(heard("rising")) == RATE * 120 // 1000


def test_three_notes_are_short_and_equal() -> None:
    notes = pitches("three_short")
    assert len(notes) == 3
    assert max(notes) - min(notes) < 20


def test_two_notes_are_low() -> None:
    assert len(notes := pitches("two_low")) == 2
    assert max(notes) < 500


def test_one_note_is_long_and_the_lowest() -> None:
    (note,) = pitches("long_low")
    assert note < min(pitches("two_low"))
    assert len(heard("long_low")) == RATE * 450 // 1000


def test_the_click_is_short_and_soft() -> None:
    assert len(heard("click")) < RATE * 0.03
    assert max(abs(heard("click"))) < 0.5 * max(abs(heard("rising")))


def test_three_notes_fall() -> None:
    notes = pitches("falling")
    assert len(notes) == 3
    assert notes == sorted(notes, reverse=True)


@pytest.mark.parametrize("sound", SOUNDS)
def test_no_sound_begins_or_ends_with_a_jump(sound: str) -> None:
    wave = heard(sound)
    assert abs(wave[0]) < 0.01
    assert abs(wave[-1]) < 0.01
    assert max(abs(wave)) < 1.0


def test_a_machine_without_sound_is_told_so_and_a_silent_speaker_works() -> None:
    try:
        speaker: Loudspeaker | Silence = Loudspeaker()
    except PartMissing as error:
        assert "goes on silently" in str(error)
        speaker = Silence()
    for sound in SOUNDS:
        speaker.play(sound)
    speaker.close()
    speaker.close()
