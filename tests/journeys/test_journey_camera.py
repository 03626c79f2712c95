"""A lane whose eyes are a film of an evening at its door, from the picture to the verdict."""

from pathlib import Path

import pytest

from device.ports import Gray
from device.sighting_filter import GONE_S
from doubles.device.film import RATE, held_up, save, ticket
from journeys.venue.stdin_lane import StdinLane
from journeys.venue.venue import Venue

pytest.importorskip("cv2", reason="not installed: entrance-control[camera]")

SHOWN, SOON, LATER = RATE // 2, RATE // 4, round(1.5 * GONE_S * RATE)
"""Frames that a ticket is held up for, and that nobody is there for until the next, or the same."""


def guest(text: str, nobody: int = SOON) -> list[Gray]:
    """Return a guest who comes, and goes."""
    held = [held_up(ticket(text), seed=number) for number in range(SHOWN)]
    return held + [held_up(None, seed=number) for number in range(nobody)]


async def test_tickets_before_a_camera_end_in_verdicts_and_one_shown_again_is_told(
    venue: Venue, tmp_path: Path
) -> None:
    good, cancelled = venue.code(venue.evening.full[0]), venue.code(venue.evening.cancelled)
    film = save(
        [
            *guest(good, LATER),
            *guest(good),
            *guest("https://example.org/menu"),
            *guest(cancelled),
        ],
        tmp_path / "door.avi",
    )
    await venue.open()
    before = await venue.enrolled("lane")
    await before.start(*venue.streams)
    await before.finish()
    lane = StdinLane(before)
    venue.lanes.append(lane)
    await lane.begin(source=f"video:{film}")
    assert await lane.ended() == 0
    assert [(line["decision"], line["reason"]) for line in lane.scans] == [
        ("admit", "ok"),
        ("repeat", "repeat"),
        ("refuse", "cancelled"),
    ]
    told = [line["line"] for line in lane.lines if line["event"] == "advice"]
    assert [text for text in told if "not one of our codes" in text] == told[-1:]
    assert not [line for line in lane.lines if line["event"] == "fault"]
