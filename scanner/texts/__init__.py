"""What the lane says to people, one TOML file per language, shipped with the package.

No code but the choice of a language; which sentence is said when is decided in wording/ and face/.
Whatever shows something enters.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "fr", "de", "es", "it")


@dataclass(frozen=True, slots=True)
class Texts:
    """One language's texts.

    Args:
        words: The large word of each look.
        why: One line by reason.
        check: By reason, where looking at something turns a refusal's line into another.
        next: What to do, by `Next`.
        parts: Pieces of the lines, with {fields}.
        face: Words of the screens.
        note: What a screen tells between two guests, by `notes.Note`.
        join: What the page of enrolment says, by `enrolment_form.Said`.
        fault: What happened and what to do, by `Trouble`; `{what}` and `{todo}` as in English.
    """

    words: Mapping[str, str]
    why: Mapping[str, str]
    check: Mapping[str, str]
    next: Mapping[str, str]
    parts: Mapping[str, str]
    face: Mapping[str, str]
    note: Mapping[str, str]
    join: Mapping[str, str]
    fault: Mapping[str, tuple[str, str]]


@cache
def texts(language: str) -> Texts:
    """Return a language's texts; English for a language that is not written yet.

    Args:
        language: Code such as `fr` or `fr-CH`.
    """
    short = language.lower().replace("_", "-").split("-")[0]
    name = short if short in LANGUAGES else "en"
    text = files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return Texts(**tomllib.loads(text))
