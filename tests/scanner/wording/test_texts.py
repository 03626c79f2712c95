"""Everything that a lane says to people is written in every language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict
from enum import StrEnum
from string import Formatter

import pytest

from device.errors import Defect
from rules.sources import python_files
from scanner.face.enrolment_form import Said
from scanner.face.freshness import Level
from scanner.texts import LANGUAGES, texts
from scanner.wording.notes import Note
from scanner.wording.palette import Look
from validator.model import Next, Reason, Trouble

ENUMS: dict[str, Iterable[StrEnum]] = {"why": Reason, "next": Next, "note": Note, "join": Said}
ENUMS["fault"] = [*Trouble, *(defect for defect in Defect if defect is not Defect.OTHER)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing_or_left_over(language: str) -> None:
    english, said = asdict(texts("en")), asdict(texts(language))
    for table, wanted in english.items():
        assert set(said[table]) == set(wanted), table
    for table, kinds in ENUMS.items():
        assert set(said[table]) == {kind.value for kind in kinds}, table
    assert set(said["words"]) == {*(look.value for look in Look), "leave", "check_what"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_or_asks_for_other_facts_than_the_english_one(language: str) -> None:
    english, said = asdict(texts("en")), asdict(texts(language))
    for table, wanted in english.items():
        for key, text in wanted.items():
            other = said[table][key]
            assert all(other), (table, key)
            if table == "fault":
                assert len(other) == 2, key
                assert fields(" ".join(other)) <= {"what", "todo"}, key
            else:
                assert fields(other) == fields(text), (table, key)


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_no_sentence_is_left_in_english(language: str) -> None:
    english, said = asdict(texts("en")), asdict(texts(language))
    for table in ("why", "check", "next", "note", "join"):
        for key, text in english[table].items():
            assert said[table][key] != text, (table, key)
    for key, (what, todo) in english["fault"].items():
        mine = said["fault"][key]
        assert key == "other" or not {what, todo} & set(mine), key


def test_every_word_that_the_screens_ask_for_is_there_and_none_besides() -> None:
    code = "\n".join(text for _, text in python_files("scanner"))
    asked = set(re.findall(r"""(?:\bsay\(|\.face\[)['"]([a-z_]+)['"]""", code))
    for pair in re.findall(r'"([a-z_]+)" if [^\n]*? else "([a-z_]+)"', code):
        asked.update(pair)
    known = set(texts("en").face)
    named = {"entry", "exit", "torch", "camera", "type", "history", "status", "code", "address"}
    named |= {Level.GATEWAY.value, Level.ALONE.value}
    assert named <= known
    assert not known - asked - named
    assert set(re.findall(r"""\bsay\(['"]([a-z_]+)['"]\)""", code)) <= known


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}
