"""The app's screens in front of a made-up evening: nothing is linked, nothing is written."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy
import segno

from device.errors import Defect, PartMissing
from device.ports import Gray
from scanner.app.device_run import DeviceRun
from scanner.face.enrolment_form import Said
from scanner.face.equipment import Device, Equipment
from scanner.face.face import Face
from scanner.face.freshness import Freshness, Level
from scanner.face.history import History, Past
from scanner.lane.lane import Lane
from scanner.lane.ports import Gateway, Store
from scanner.texts import texts
from scanner.wording.notes import Note, StaffNote
from scanner.wording.palette import Look
from scanner.wording.presenter import clock_text
from validator.admission import Shown
from validator.clock import HOUR_MS, Clock, Instant
from validator.model import (
    Assignment,
    Assurance,
    Catalogue,
    CheckIn,
    Decision,
    DeviceId,
    Direction,
    Fault,
    FirstUse,
    Gate,
    Next,
    Performance,
    Reason,
    Source,
    Tariff,
    Ticket,
    TicketId,
    Trouble,
    Verdict,
    uuid7,
)

NOW = Instant(1_795_026_240_000)
CLOCK = Clock(lambda: NOW * 1_000_000, lambda: 0)
DEVICE = DeviceId("lane-1")
GATE = Gate("north", "Gate B · North", (5,))
FULL, STUDENT = 1, 2
PLAN = Catalogue.of(
    (
        Performance(
            5,
            "spring",
            "Spring Concert",
            Instant(NOW - HOUR_MS),
            Instant(NOW + 36 * 60_000),
            Instant(NOW + 3 * HOUR_MS),
        ),
        Tariff(FULL, {"en": "Full price", "fr": "Plein tarif"}, "seat"),
        Tariff(
            STUDENT,
            {"en": "Student", "fr": "Étudiant"},
            "student",
            {"en": "student card", "fr": "carte d’étudiant"},
        ),
        GATE,
        Source("box", "Box office"),
        Assignment(DEVICE, GATE.id),
    )
)
TICKET = Ticket(
    TicketId("1"), 5, FULL, "box", number="1043-2-K7QM", zones=0b10, seat="Row F, seat 12"
)
CARD = replace(TICKET, tariff=STUDENT, number="1187-1-P4RD", seat="")
SURE = Assurance.CONFIRMED


class Plan:
    """A cache that holds the plan and takes every check-in."""

    catalogue = PLAN
    held: tuple[CheckIn, ...] = ()
    boot = 1


def _let_in(ticket: Ticket = TICKET, count: int = 1, **more: object) -> Verdict:
    plain = Verdict(Decision.ADMIT, Reason.OK, Next.LET_IN, SURE, ticket=ticket, count=count)
    return replace(plain, **more)  # type: ignore[arg-type]


def _refused(reason: Reason, next: Next, **more: object) -> Verdict:
    plain = Verdict(Decision.REFUSE, reason, next, SURE, ticket=TICKET, performance=5)
    return replace(plain, **more)  # type: ignore[arg-type]


_CARD = replace(
    _let_in(CARD), decision=Decision.CHECK, reason=Reason.ATTENTION, next=Next.LOOK_THEN_LET_IN
)
_ALONE = Freshness(Level.ALONE, 12.0, 190.0, 1640)
_STALE = Freshness(Level.STALE, 372.0, 372.0, 1640)
_PROVISIONAL = Assurance.PROVISIONAL

VERDICTS: Mapping[str, tuple[Verdict | Fault, Freshness | None]] = {
    "admit": (_let_in(), None),
    "admit-group": (_let_in(count=4), None),
    "admit-alone": (_let_in(assurance=_PROVISIONAL, age_s=12.0), _ALONE),
    "leave": (replace(_let_in(), next=Next.LET_OUT), None),
    "check": (_CARD, None),
    "check-stale": (replace(_CARD, assurance=_PROVISIONAL, age_s=372.0), _STALE),
    "used": (
        _refused(
            Reason.ALREADY_USED,
            Next.CALL_SUPERVISOR,
            first_use=FirstUse(Instant(NOW - 16 * 60_000), GATE.id, "Row F, seat 12"),
        ),
        None,
    ),
    "refuse-exchanged": (
        _refused(Reason.EXCHANGED, Next.NEW_TICKET, replacement="1043-5-T9WX"),
        None,
    ),
    "refuse-cancelled": (
        _refused(Reason.CANCELLED, Next.HELP_DESK, since=Instant(NOW - 400_000)),
        None,
    ),
    "repeat": (
        replace(_let_in(), decision=Decision.REPEAT, reason=Reason.REPEAT, next=Next.SCAN_NEXT),
        None,
    ),
    "fault": (Fault("The disk is full: free some space.", "Call.", Trouble.DISK), None),
}
"""Each verdict of ui.md, with how the lane stands then."""


class Stage:
    """A face with a lane that is not linked to anything.

    Args:
        language: To begin with.
        window: Size in pixels; None = the whole screen.
    """

    def __init__(self, language: str, window: tuple[int, int] | None = None) -> None:
        self.device = Device(Path("nowhere"), (), Equipment(), language=language, window=window)
        self.face = Face(self.device.equipment, language)
        self.device_run = DeviceRun(self.device, self.face)
        self.device_run.facts = self._facts
        self.lane = Lane(
            DEVICE, cast(Store, Plan()), cast(Gateway, None), self.face, CLOCK, os.urandom
        )
        self.face.lane = self.lane

    def clear(self) -> None:
        """Take everything off the stage but a few earlier scans."""
        face, enrolment = self.face, self.device_run.enrolment
        face.shown, face.lane, face.equipment = None, self.lane, self.device.equipment
        face.lit, face.most, face.direction = False, 0, None
        face.freshness = Freshness(Level.GATEWAY, 4.0, 0.0, 1861)
        face.notes.kept.clear()
        face.notes.passing, face.notes.unread = None, 0
        enrolment.wanted, enrolment.said, enrolment.code, enrolment.address = (
            False,
            Said.HINT,
            "",
            "",
        )
        face.history = History(here=377)
        for seconds, look, number in (
            (190, Look.REPEAT, "1102-4-W8NB"),
            (133, Look.REFUSE, "1043-3-R2HV"),
            (75, Look.USED, "1043-2-K7QM"),
            (31, Look.ADMIT, "1187-3-H6TZ"),
        ):
            word = texts(face.language).words[look.value]
            people = 5 if look is Look.ADMIT else 0
            at = Instant(NOW - seconds * 1000)
            face.history.add(Past(clock_text(at, PLAN), look, word, number, people, at))

    def verdict(self, name: str) -> None:
        """Show one of `VERDICTS`."""
        shown, freshness = VERDICTS[name]
        if freshness is not None:
            self.face.freshness = freshness
        if isinstance(shown, Verdict):
            self.face.direction = Direction.EXIT if shown.next is Next.LET_OUT else None
            self.face.show(Shown(uuid7(NOW, os.urandom(10)), shown), 1.0)
        else:
            self.face.show(shown, 1.0)

    def camera(self) -> None:
        """Give the device a camera with a lamp."""
        self.face.equipment = Equipment(
            torch=lambda on: None, turn_camera=lambda on: None, latest=picture
        )

    def enrol(self, said: Said = Said.HINT, camera: bool = False) -> None:
        """Make the device one that nobody knows."""
        if camera:
            self.face.equipment = Equipment(latest=picture)
        enrolment = self.device_run.enrolment
        self.face.lane, enrolment.wanted, enrolment.said = None, True, said
        if said is not Said.HINT:
            enrolment.code, enrolment.address = "7QK4M2XH9P3DT5", "192.168.1.10:8443"

    def trouble(self) -> None:
        """Tell a few things."""
        face = self.face
        silent = PartMissing("There is no sound: no card was found.", Defect.SOUND_MISSING)
        face.tell(StaffNote(Note.PART, detail=str(silent), defect=silent.defect))
        face.tell(StaffNote(Note.CONFLICT, number="1043-2-K7QM"))

    def _facts(self) -> list[tuple[str, str]]:
        say = self.face.say
        return [
            (say("device"), DEVICE),
            (say("address"), f"192.168.1.10:8443 · {self.face.freshness.text(self.face.language)}"),
            (say("data"), "Box office: 4 s"),
            (say("owed"), "0"),
            (say("clock"), "+0.1 s"),
            (say("sound"), say("missing")),
            (say("battery"), "83 %"),
        ]


def picture() -> Gray:
    """Return what a camera sees: a ticket on a telephone, before a dark wall."""
    high, wide = 720, 1280
    rows, columns = numpy.mgrid[0:high, 0:wide]
    view: Gray = (70 - 0.04 * numpy.hypot(rows - 300, columns - 640)).astype(numpy.uint8)
    modules = segno.make_qr("A TICKET OF THIS HOUSE, 1043-2-K7QM", error="m").matrix_iter(border=3)
    code = numpy.array([list(row) for row in modules], numpy.uint8)
    pixels = numpy.kron(235 - 205 * code, numpy.ones((9, 9))).astype(numpy.uint8)
    top, left = (high - pixels.shape[0]) // 2 - 20, (wide - pixels.shape[1]) // 2
    view[top - 60 :, left - 25 : left + pixels.shape[1] + 25] = 205
    view[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return view


SCENES: dict[str, tuple[str, Callable[[Stage], None]]] = {
    "rest": ("rest", lambda stage: None),
    "rest-camera": ("rest", lambda stage: stage.camera()),
    "rest-alone": ("rest", lambda stage: _alone(stage)),
    "rest-notes": ("rest", lambda stage: stage.trouble()),
    "type": ("type", lambda stage: None),
    "type-letters": ("type", lambda stage: None),
    "history": ("history", lambda stage: None),
    "status": ("status", lambda stage: stage.trouble()),
    "enrol": ("rest", lambda stage: stage.enrol()),
    "enrol-camera": ("rest", lambda stage: stage.enrol(camera=True)),
    "enrol-letters": ("rest", lambda stage: stage.enrol()),
    "enrol-wrong": ("rest", lambda stage: stage.enrol(Said.MISTYPED)),
    "enrol-stranger": ("rest", lambda stage: stage.enrol(Said.STRANGER)),
    "enrol-no-network": ("rest", lambda stage: stage.enrol(Said.UNREACHABLE)),
}
"""Every other screen: which one is open, and what is on it."""


def _alone(stage: Stage) -> None:
    stage.camera()
    stage.face.lit = True
    stage.face.freshness = _ALONE
