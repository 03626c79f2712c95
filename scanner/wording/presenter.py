"""What a verdict says: the words of a screen, and the one line of a lane without one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scanner.texts import Texts, texts
from scanner.wording.palette import STYLES, Look, Style, look_of
from validator.admission import Shown
from validator.clock import Instant, iso
from validator.model import Assurance, Catalogue, Decision, Fault, Next, Ticket, Verdict
from validator.wire.json import verdict_json

AGE_SHOWN_S = 60.0
"""Data older than this, in seconds, has its age shown with every verdict decided alone."""


@dataclass(frozen=True, slots=True)
class Presentation:
    """One verdict or fault, ready to be drawn.

    Args:
        look: Which of the six it is.
        style: Its colours, shape, sound, vibration and lamp.
        word: The large word.
        why: One line.
        todo: One line: what to do next.
        ticket_line: Tariff, zone, seat, number; empty if no ticket is known.
        sure: "confirmed" or "decided alone"; empty for a fault.
        age: Age of what is known, in words; empty while it is fresh.
        dashed: Border of a verdict that was decided alone.
        icon: Name of the tariff's scan visual; empty = none.
        tariff: Its name, to stand with the visual.
    """

    look: Look
    style: Style
    word: str
    why: str
    todo: str
    ticket_line: str = ""
    sure: str = ""
    age: str = ""
    dashed: bool = False
    icon: str = ""
    tariff: str = ""


def present(
    shown: Shown | Fault, language: str, now: Instant, catalogue: Catalogue | None = None
) -> Presentation:
    """Return what the screen shows. Total: every verdict has words in every language.

    Args:
        shown: Verdict or fault.
        language: Code such as `fr`; English for one that is not written yet.
        now: The present, for times of another day.
        catalogue: Names of tariffs, gates and time zones; None = not known.
    """
    said = texts(language)
    if isinstance(shown, Fault):
        words = said.fault[shown.kind.value]
        what, todo = (text.format(what=shown.what, todo=shown.todo) for text in words)
        return Presentation(Look.FAULT, STYLES[Look.FAULT], said.words["fault"], what, todo)
    verdict = shown.verdict
    look = look_of(verdict)
    alone = verdict.assurance is Assurance.PROVISIONAL
    speech = _Speech(said, language, now, catalogue)
    tariff = catalogue.tariffs.get(verdict.ticket.tariff) if catalogue and verdict.ticket else None
    return Presentation(
        look=look,
        style=STYLES[look],
        word=speech.word(verdict, look),
        why=speech.why(verdict),
        todo=speech.todo(verdict),
        ticket_line=speech.ticket_line(verdict.ticket) if verdict.ticket else "",
        sure=said.parts["provisional" if alone else "confirmed"],
        age=speech.stale(verdict) if alone else "",
        dashed=alone,
        icon=tariff.icon if tariff else "",
        tariff=_short(_in(tariff.name, language)) if tariff else "",
    )


def line(
    shown: Shown | Fault,
    at: Instant,
    elapsed_ms: float,
    language: str = "en",
    catalogue: Catalogue | None = None,
) -> str:
    """Return a scan as one line for a terminal: what has a fixed width first.

    Args:
        shown: Verdict or fault.
        at: When it was shown; written in the venue's time zone.
        elapsed_ms: From the code's arrival to the light, in milliseconds.
        language: Code such as `fr`.
        catalogue: Knows the names of tariffs and gates.
    """
    seen = present(shown, language, at, catalogue)
    time = clock_text(at, catalogue)
    if isinstance(shown, Fault):
        return _bare(f"{time}  {seen.word}: {seen.why} {seen.todo}")
    said = texts(language)
    age = _Speech(said, language, at, None).age(shown.verdict)
    ticket = f" | {seen.ticket_line}" if seen.ticket_line else ""
    return _bare(
        f"{time}  {seen.word:<14} {seen.sure:<14} {age:<15} {elapsed_ms:6.1f} ms  "
        f"{seen.why} -> {seen.todo}{ticket}"
    )


def clock_text(at: Instant, catalogue: Catalogue | None) -> str:
    """Return a time as `19:04:05`, by the venue's clock; by the machine's if no venue is known."""
    shows = catalogue.performances.values() if catalogue else ()
    zone = next((show.zone for show in shows), None)
    return _local(at, zone).strftime("%H:%M:%S")


def span(said: Texts, age_s: float) -> str:
    """Return a length of time such as `6 min`, in seconds up to 90 s, in minutes up to 90 min."""
    for name, size_s, limit_s in (("seconds", 1, 90), ("minutes", 60, 5400)):
        if age_s < limit_s:
            return said.parts[name].format(n=int(age_s // size_s))
    name, size_s = ("hours", 3600) if age_s < 129_600 else ("days", 86_400)
    return said.parts[name].format(n=int(age_s // size_s))


def line_json(shown: Shown | Fault, at: Instant, elapsed_ms: float) -> dict[str, Any]:
    """Return a scan as a JSON-ready object.

    Args:
        shown: Verdict or fault.
        at: When it was shown.
        elapsed_ms: From the code's arrival to the light, in milliseconds.
    """
    head = {"at": iso(at), "ms": round(elapsed_ms, 2)}
    if isinstance(shown, Fault):
        return {"event": "fault", **head, "what": shown.what, "todo": shown.todo}
    verdict = shown.verdict
    return {
        "event": "scan",
        **head,
        **verdict_json(shown.id, verdict),
        "performance": verdict.performance,
        "resumed": verdict.resumed,
        "since": None if verdict.since is None else iso(verdict.since),
        "replacement": verdict.replacement,
    }


@dataclass(frozen=True, slots=True)
class _Speech:
    said: Texts
    language: str
    now: Instant
    catalogue: Catalogue | None

    def word(self, verdict: Verdict, look: Look) -> str:
        if look is Look.ADMIT and verdict.next is Next.LET_OUT:
            return self.said.words["leave"]
        if look is Look.CHECK and (what := self._attention(verdict)):
            return self.said.words["check_what"].format(what=what)
        return self.said.words[look.value]

    def why(self, verdict: Verdict) -> str:
        parts = self.said.parts
        if verdict.resumed:
            return parts["resumed"]
        if verdict.conflict:
            return parts["conflict"]
        text = self.said.why[verdict.reason.value]
        if verdict.decision is Decision.CHECK:
            text = self.said.check.get(verdict.reason.value, text)
        zone = self._zone(verdict)
        if verdict.remaining:
            text += " " + parts["left"].format(n=verdict.remaining) + "."
        if verdict.first_use is not None:
            use = verdict.first_use
            time = self._time(use.at, zone)
            text += " " + parts["first_use"].format(time=time, gate=self._gate(use.gate))
            if use.seat:
                text += " · " + _short(use.seat)
        elif verdict.since is not None:
            text += " " + parts["since"].format(time=self._time(verdict.since, zone)) + "."
        return _bare(text)

    def todo(self, verdict: Verdict) -> str:
        text = self.said.next[verdict.next.value]
        if verdict.replacement:
            number = _short(verdict.replacement)
            text += " " + self.said.parts["replacement"].format(number=number) + "."
        if verdict.passes and verdict.count > 1:
            text += " " + self.said.parts["people"].format(n=verdict.count) + "."
        return text

    def ticket_line(self, ticket: Ticket) -> str:
        parts = self.said.parts
        pieces = []
        tariff = self.catalogue.tariffs.get(ticket.tariff) if self.catalogue else None
        if tariff is not None:
            pieces.append(_in(tariff.name, self.language))
        if ticket.zones:
            bits = [str(bit + 1) for bit in range(32) if ticket.zones >> bit & 1]
            pieces.append(parts["zone"].format(zone=", ".join(bits)))
        if ticket.seat:
            pieces.append(ticket.seat)
        if ticket.number:
            pieces.append(ticket.number)
        return " · ".join(_short(piece) for piece in pieces if piece)

    def stale(self, verdict: Verdict) -> str:
        if verdict.ticket is None and verdict.age_s is None:
            return ""
        if verdict.age_s is None:
            return self.said.parts["stale_unknown"]
        if verdict.age_s <= AGE_SHOWN_S:
            return ""
        return self.said.parts["stale"].format(age=span(self.said, verdict.age_s))

    def age(self, verdict: Verdict) -> str:
        if verdict.age_s is None:
            return self.said.parts["age_unknown"] if verdict.ticket else ""
        return self.said.parts["age"].format(age=span(self.said, verdict.age_s))

    def _attention(self, verdict: Verdict) -> str:
        if self.catalogue is None or verdict.ticket is None:
            return ""
        tariff = self.catalogue.tariffs.get(verdict.ticket.tariff)
        text = _in(tariff.attention, self.language) if tariff else ""
        return _short("; ".join(filter(None, (verdict.ticket.note, text))))

    def _gate(self, id: str) -> str:
        gate = self.catalogue.gates.get(id) if self.catalogue else None
        return _short(gate.name) if gate else self.said.parts["gate"].format(gate=_short(id))

    def _zone(self, verdict: Verdict) -> str | None:
        if self.catalogue is None:
            return None
        performance = self.catalogue.performances.get(verdict.performance)
        return performance.zone if performance else None

    def _time(self, at: Instant, zone: str | None) -> str:
        moment, today = _local(at, zone), _local(self.now, zone)
        same_day = moment.date() == today.date()
        return moment.strftime("%H:%M" if same_day else "%d.%m. %H:%M")


def _local(at: Instant, zone: str | None) -> datetime:
    place: tzinfo | None = None
    if zone is not None:
        try:
            place = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            place = None
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(place)


def _in(names: Any, language: str) -> str:
    return names.get(language.split("-")[0]) or names.get("en") or next(iter(names.values()), "")


def _short(text: str) -> str:
    return _bare(text)[:60]


def _bare(text: str) -> str:
    """Return text without control characters, which could rewrite a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text).rstrip()
