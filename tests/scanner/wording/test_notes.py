"""What staff are told between two guests."""

from __future__ import annotations

from device.errors import Defect
from scanner.face.history import History, Past
from scanner.wording.notes import KEPT, Note, Notes, StaffNote
from scanner.wording.palette import Look
from validator.clock import Instant


def test_notes_stay_until_they_are_read_and_none_pushes_another_away() -> None:
    notes = Notes()
    notes.tell(StaffNote(Note.PART, detail="There is no sound."))
    notes.tell(StaffNote(Note.PART, detail="There is no camera."))
    notes.tell(StaffNote(Note.CONFLICT, number="1-2-ABCD"))
    told = "Ticket 1-2-ABCD should have been refused. Tell the supervisor."
    assert notes.line("en") == told + " (+2)"
    notes.read()
    assert notes.line("en") == ""
    assert len(notes.kept) == 3


def test_what_passes_is_shown_first_and_is_gone_with_the_next_guest() -> None:
    notes = Notes()
    notes.tell(StaffNote(Note.ALARM, detail="odd"))
    notes.tell(StaffNote(Note.UNDONE))
    assert notes.line("fr") == "Annulé. Pas compté."
    notes.passing = None
    assert "réseau" in notes.line("fr")


def test_the_status_page_says_in_every_language_which_part_is_missing_and_what_to_do() -> None:
    dark = StaffNote(Note.PART, detail="The camera sees only black.", defect=Defect.CAMERA_DARK)
    assert (
        dark.whole("fr")
        == "La caméra ne voit que du noir. Ôter son cache, ou lui donner de la lumière."
    )
    assert dark.whole("en") == dark.detail
    odd = StaffNote(Note.PART, detail="The gizmo is bent.")
    assert odd.whole("fr") == odd.text("fr")


def test_the_same_note_is_told_once() -> None:
    notes = Notes()
    for _ in range(3):
        notes.tell(StaffNote(Note.REVOKED))
    assert (len(notes.kept), notes.unread) == (1, 1)


def test_notes_are_bounded() -> None:
    notes = Notes()
    for number in range(1000):
        notes.tell(StaffNote(Note.CONFLICT, number=str(number)))
    assert (len(notes.kept), notes.unread) == (KEPT, KEPT)


def past(at_s: int, people: int) -> Past:
    return Past("19:00:00", Look.ADMIT, "Enter", "1-1-A", people, Instant(at_s * 1000))


def test_the_rate_is_that_of_the_last_minute_without_those_sent_away() -> None:
    history = History()
    for at_s in range(0, 200, 2):
        history.add(past(at_s, 1))
    assert history.a_minute(Instant(198_000)) == 31
    assert history.here == 100
    history.add(past(199, 4))
    history.take_back()
    assert history.a_minute(Instant(199_000)) == 30
    assert history.here == 100


def test_who_leaves_is_not_counted_here() -> None:
    history = History()
    history.add(past(0, -2))
    assert history.here == 0
    history.take_back()
    assert history.here == 0
