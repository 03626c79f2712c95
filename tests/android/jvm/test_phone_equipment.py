"""Vibration, charge and sounds of a phone, and the words without one."""

import pytest

from device.android.battery import PhoneBattery
from device.android.java import java_class
from device.android.speaker import PhoneSpeaker
from device.android.vibrator import PhoneVibrator
from device.errors import PartMissing
from device.ports import Battery, Speaker, Vibrator
from device.tones import RATE, SOUNDS, samples


def test_a_pattern_is_shaken_once_and_begins_at_once() -> None:
    vibrator: Vibrator = PhoneVibrator()
    vibrator.vibrate((200, 100, 200))
    vibrator.vibrate((50,))
    vibrator.vibrate(())
    motor = java_class("android.content.Context").vibrator.shaken
    assert [motor.get(place) for place in range(motor.size())] == [
        "[0, 200, 100, 200] -1",
        "[0, 50] -1",
    ]


def test_the_charge_is_told_unless_it_is_on_mains_or_unknown() -> None:
    battery: Battery = PhoneBattery()
    service = java_class("android.content.Context").battery
    assert battery.percent() == 80
    service.plugged = True
    assert battery.percent() is None
    service.plugged = False
    service.charge = -(2**31)
    assert battery.percent() is None


def test_the_latest_sound_ends_the_one_before_and_each_plays_again() -> None:
    speaker: Speaker = PhoneSpeaker()
    made = java_class("android.media.AudioTrack").made
    tracks = [made.get(place) for place in range(made.size())]
    assert [track.length() for track in tracks] == [len(samples(sound)) for sound in SOUNDS]
    assert {track.rate for track in tracks} == {RATE}
    for sound in (*SOUNDS, *SOUNDS, "rising", "rising"):
        speaker.play(sound)
        playing = [track.getPlayState() == 3 for track in tracks]
        assert playing == [name == sound for name in SOUNDS]
    speaker.close()
    speaker.close()


def test_a_class_that_this_android_lacks_is_told() -> None:
    with pytest.raises(PartMissing, match="bring it up to date"):
        java_class("android.hardware.Nose")
