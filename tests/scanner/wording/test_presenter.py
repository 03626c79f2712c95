import string
import tomllib
from dataclasses import replace
from importlib.resources import files
from itertools import product

import pytest

from doubles.evening import CATALOGUE, NOW, STUDENT, TONIGHT, listed, token
from scanner.texts import LANGUAGES, texts
from scanner.wording.palette import STYLES, Look, look_of
from scanner.wording.presenter import Presentation, line, line_json, present
from validator.admission import Shown
from validator.clock import Instant
from validator.model import Assurance, Decision, Fault, FirstUse, Next, Reason, Verdict, uuid7

ID = uuid7(NOW, bytes(10))
FAULT = Fault("The disk is full.", "Call the supervisor.")
TICKET = listed(token())


def verdict(
    decision: Decision, reason: Reason, todo: Next = Next.LET_IN, **more: object
) -> Verdict:
    return Verdict(decision, reason, todo, **more)  # type: ignore[arg-type]


def screen(shown: Verdict, language: str = "en", now: Instant = NOW) -> Presentation:
    return present(Shown(ID, shown), language, now, CATALOGUE)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing_or_left_over(language: str) -> None:
    said = texts(language)
    assert set(said.why) == {reason.value for reason in Reason}
    assert set(said.next) == {todo.value for todo in Next}
    assert set(said.words) == {look.value for look in Look} | {"leave", "check_what"}
    assert set(said.check) == set(texts("en").check) <= set(said.why)
    assert set(said.parts) == set(texts("en").parts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_short_filled_and_keeps_its_fields(language: str) -> None:
    for table in ("words", "why", "check", "next", "parts"):
        for name, text in getattr(texts(language), table).items():
            assert 0 < len(text) <= 60, (table, name)
            assert fields(text) == fields(getattr(texts("en"), table)[name]), (table, name)


def test_there_is_a_file_for_each_language_and_no_other() -> None:
    names = {path.name for path in files("scanner.texts").iterdir() if path.name.endswith(".toml")}
    assert names == {f"{language}.toml" for language in LANGUAGES}
    for name in names:
        tomllib.loads(files("scanner.texts").joinpath(name).read_text(encoding="utf-8"))


def test_no_language_is_left_to_english() -> None:
    for language in LANGUAGES[1:]:
        for table in ("why", "next"):
            own, english = getattr(texts(language), table), getattr(texts("en"), table)
            assert not [name for name in own if own[name] == english[name]]


def test_the_great_words_are_the_agreed_ones() -> None:
    words = [texts(language).words["admit"] for language in ("en", "fr", "de", "es", "it")]
    assert words == ["Enter", "Entrez", "Eintritt", "Pase", "Entra"]


def test_every_decision_and_reason_has_words_in_every_language() -> None:
    for decision, reason, language in product(Decision, Reason, LANGUAGES):
        seen = screen(verdict(decision, reason, Next.HELP_DESK), language)
        assert seen.word
        assert seen.why
        assert seen.todo
        assert "{" not in seen.word + seen.why + seen.todo


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("look", Look)
def test_words_can_be_read_on_their_ground(look: Look) -> None:
    style = STYLES[look]
    dark, light = sorted((luminance(style.colour), luminance(style.text_colour)))
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_no_two_looks_share_shape_sound_vibration_or_lamp() -> None:
    for part in ("colour", "shape", "sound", "vibration_ms", "lamp"):
        assert len({getattr(style, part) for style in STYLES.values()}) == len(Look)


@pytest.mark.parametrize("reason", [Reason.ALREADY_USED, Reason.PASSBACK, Reason.LIMIT_REACHED])
def test_a_used_ticket_does_not_look_like_a_bad_one(reason: Reason) -> None:
    assert look_of(verdict(Decision.REFUSE, reason)) is Look.USED


def test_a_fault_is_no_refusal() -> None:
    seen = present(FAULT, "en", NOW)
    assert (seen.look, seen.word) == (Look.FAULT, "System, not the ticket")
    assert (seen.why, seen.todo, seen.dashed) == (FAULT.what, FAULT.todo, False)


def test_what_was_decided_alone_is_dashed_and_says_so() -> None:
    alone = screen(verdict(Decision.ADMIT, Reason.OK, ticket=TICKET, age_s=400.0))
    assert (alone.dashed, alone.sure, alone.age) == (
        True,
        "decided alone",
        "cancellations 6 min old",
    )
    sure = verdict(
        Decision.ADMIT, Reason.OK, ticket=TICKET, age_s=400.0, assurance=Assurance.CONFIRMED
    )
    assert (screen(sure).dashed, screen(sure).sure, screen(sure).age) == (False, "confirmed", "")


def test_fresh_knowledge_needs_no_age() -> None:
    assert screen(verdict(Decision.ADMIT, Reason.OK, ticket=TICKET, age_s=5.0)).age == ""


def test_knowledge_never_heard_is_said() -> None:
    seen = screen(verdict(Decision.CHECK, Reason.STALE_DATA, ticket=TICKET))
    assert seen.age == "cancellations never heard"


def test_a_used_ticket_names_first_time_gate_and_seat() -> None:
    used = verdict(
        Decision.REFUSE,
        Reason.ALREADY_USED,
        Next.CALL_SUPERVISOR,
        performance=TONIGHT,
        first_use=FirstUse(Instant(NOW - 60_000), "a", "F 12"),
    )
    assert screen(used).why == "Already used. 12:05 · Main entrance · F 12"
    other_gate = present(Shown(ID, used), "en", NOW)
    assert "gate a" in other_gate.why


def test_a_use_of_another_day_names_the_day() -> None:
    used = verdict(
        Decision.REFUSE, Reason.ALREADY_USED, performance=TONIGHT, first_use=FirstUse(NOW, "a")
    )
    tomorrow = Instant(NOW + 86_400_000)
    assert "18.11. 12:06" in screen(used, now=tomorrow).why


def test_an_exchanged_ticket_names_the_new_one() -> None:
    seen = screen(verdict(Decision.REFUSE, Reason.EXCHANGED, Next.NEW_TICKET, replacement="77-X"))
    assert "77-X" in seen.todo


def test_a_group_is_told_its_number_of_people() -> None:
    assert "4 people" in screen(verdict(Decision.ADMIT, Reason.OK, count=4)).todo


def test_a_full_ticket_says_how_many_are_left() -> None:
    full = verdict(Decision.REFUSE, Reason.LIMIT_REACHED, Next.FEWER_PEOPLE, remaining=2)
    assert "2 left" in screen(full).why


def test_a_check_names_what_to_look_at() -> None:
    ticket = listed(token(), tariff=STUDENT)
    seen = screen(verdict(Decision.CHECK, Reason.ATTENTION, ticket=ticket))
    assert (seen.word, seen.icon) == ("Check student card", "student")
    assert seen.ticket_line == "Student · F 12 · 1043-2-K7QM"


def test_a_tickets_own_note_stands_before_its_tariffs() -> None:
    ticket = replace(TICKET, tariff=STUDENT, note="Bring the ramp")
    shown = verdict(Decision.CHECK, Reason.ATTENTION, Next.LOOK_THEN_LET_IN, ticket=ticket)
    assert screen(shown).word == "Check Bring the ramp; student card"


def test_who_leaves_is_not_told_to_enter() -> None:
    assert screen(verdict(Decision.ADMIT, Reason.OK, Next.LET_OUT)).word == "See you"


def test_a_language_that_is_not_written_yet_is_english() -> None:
    assert screen(verdict(Decision.ADMIT, Reason.OK), "pt-BR").word == "Enter"
    assert screen(verdict(Decision.ADMIT, Reason.OK), "fr-CH").word == "Entrez"


def test_the_line_says_it_all_on_one_line() -> None:
    used = verdict(
        Decision.REFUSE,
        Reason.ALREADY_USED,
        Next.CALL_SUPERVISOR,
        ticket=listed(token(), seat="F\n\x1b[2J12"),
        age_s=3.0,
    )
    text = line(Shown(ID, used), NOW, 4.25)
    for part in ("Already in", "1043-2-K7QM", "Call the supervisor.", "decided alone", "3 s", "4."):
        assert part in text
    assert text.isprintable()


def test_a_fault_is_one_line_too() -> None:
    assert "The disk is full. Call the supervisor." in line(FAULT, NOW, 1.0)


def test_the_json_line_carries_the_verdict() -> None:
    plain = line_json(Shown(ID, verdict(Decision.ADMIT, Reason.OK, performance=5)), NOW, 1.5)
    assert plain["event"] == "scan"
    assert (plain["id"], plain["decision"], plain["ms"]) == (ID, "admit", 1.5)
    assert (plain["performance"], plain["resumed"]) == (5, False)
    assert plain["at"] == "2026-11-18T11:06:40.000Z"


def test_a_fault_in_json_is_no_scan() -> None:
    plain = line_json(FAULT, NOW, 1.5)
    assert (plain["event"], plain["what"], plain["todo"]) == ("fault", FAULT.what, FAULT.todo)
    assert "decision" not in plain
