"""The counter page's files: texts in five languages, nothing from elsewhere, contrasts."""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path

import pytest

from doubles.screen.web_colours import colours, contrast
from scanner.texts import LANGUAGES
from validator import boxoffice
from validator.boxoffice.letters.prints import PaperSize
from validator.boxoffice.letters.wording import LetterKind
from validator.boxoffice.model import Payment, Refund, TicketState
from validator.gateway.api.pages import COUNTER_PAGES
from validator.model import Reason

WEB = resources.files("validator.gateway") / "web" / "counter"
OFFICE = Path(boxoffice.__file__).parent
HTML = (WEB / "index.html").read_text()
CSS = (WEB / "counter.css").read_text()
SCRIPTS = {item.name: item.read_text() for item in WEB.iterdir() if item.name.endswith(".js")}
JS = "\n".join(SCRIPTS.values())
PARTS = ("counter", "imports")
PLURAL = re.compile(r"\.(one|many|other)$")
REFUSED = re.compile(r'Refused\(\s*"(\w+)"')

MADE_UP = re.compile(
    r"(order\.(tickets|history|customer|email|distributor|payment|bought|due|replaces|total|refunded)"
    r"|cancel\.(title|what|go|keep|refused|seat|done|told|untold)_(ticket|order)"
    r"|cancel\.(total|partial)|(back|enable|disable)\.(title|go|done)"
    r"|(reason|why|error|language|payment|refund|history|paper|imports)\..+"
    r"|tickets\.(valid|cancelled|exchanged))"
)
"""Keys that scripts put together of parts."""


def texts(language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in PARTS:
        more = json.loads((WEB / "texts" / f"{part}.{language}.json").read_text())
        assert all(key.partition(".")[0] == "imports" for key in more) is (part == "imports")
        found |= more
    return found


def facts(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_the_page_speaks_the_languages_of_the_scanner() -> None:
    listed = re.search(r"LANGUAGES = \[(.*?)\]", SCRIPTS["texts.js"])
    assert listed
    assert set(re.findall(r'"(\w+)"', listed[1])) == set(LANGUAGES)


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_every_text_is_written_in_every_language(language: str) -> None:
    english, other = texts("en"), texts(language)
    assert english.keys() == other.keys()
    assert not [key for key, text in other.items() if not text.strip()]
    assert not {key for key in english if facts(english[key]) != facts(other[key])}


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_no_sentence_was_left_in_english(language: str) -> None:
    english, other = texts("en"), texts(language)
    same = {text for key, text in english.items() if text == other[key]}
    plain = [re.sub(r"\{\w+\}", "", text) for text in same]
    assert not [text for text in plain if len(re.findall(r"[a-z]{3,}", text)) > 1]


def test_every_text_that_a_script_names_is_there_and_every_text_is_used() -> None:
    keys = {PLURAL.sub("", key) for key in texts("en")}
    groups = {key.partition(".")[0] for key in keys}
    named = {
        key
        for key in re.findall(r'"([a-z]+\.[a-z_\d.]+)"', JS)
        if key.partition(".")[0] in groups and not key.endswith(".js")
    }
    assert not named - keys
    assert not {key for key in keys - named if not MADE_UP.fullmatch(key)}


def test_every_state_payment_refund_reason_and_letter_has_words() -> None:
    keys = {PLURAL.sub("", key) for key in texts("en")}
    told = {Reason.OK, Reason.REPEAT, Reason.ATTENTION}
    wanted = {
        *(f"payment.{each}" for each in Payment),
        *(f"refund.{each}" for each in Refund),
        *(f"tickets.{each}" for each in TicketState),
        *(f"history.letter_{each}" for each in LetterKind),
        *(f"paper.{each}" for each in PaperSize),
        *(f"why.{each}" for each in Reason if each not in told),
    }
    assert not wanted - keys


def refused(folder: Path) -> set[str]:
    """Return the codes of what the modules below a folder refuse."""
    return {code for file in folder.rglob("*.py") for code in REFUSED.findall(file.read_text())}


def test_everything_that_the_box_office_refuses_has_a_sentence() -> None:
    keys = {PLURAL.sub("", key) for key in texts("en")}
    of_imports = refused(OFFICE / "imports")
    others = refused(OFFICE) - of_imports
    assert "seat_sold" in others and "workbook" in of_imports
    assert not {f"imports.error_{code}" for code in of_imports | {"not_there"}} - keys
    assert not {f"error.{code}" for code in others | {"busy", "not_there", "invoice_open"}} - keys


def test_the_page_loads_nothing_from_elsewhere_and_has_nothing_inline() -> None:
    loads = re.findall(r'<(?:link|script)[^>]*(?:href|src)="([^"]+)"', HTML)
    assert {f"/counter/{name}" for name in loads} <= set(COUNTER_PAGES)
    imported = set(re.findall(r'from "\./([\w-]+\.js)"', JS))
    assert imported | {"main.js"} == set(SCRIPTS)
    for text in (HTML, CSS, JS):
        assert set(re.findall(r"https?://[^\s\"')]+", text)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"\son\w+=|style=|<style|javascript:", HTML)
    assert "url(" not in CSS


def test_what_comes_from_outside_goes_in_as_text_never_as_markup() -> None:
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert way not in JS


def test_every_icon_that_a_script_names_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="i-([^"]+)"', HTML))
    named = set(re.findall(r'icon\("([\w-]+)"', JS)) | set(re.findall(r'button\("([\w-]+)"', JS))
    named |= set(re.findall(r'icon: "([\w-]+)"', JS))
    assert not named - drawn
    assert {f"paper-{paper}" for paper in PaperSize} <= drawn


def test_no_name_or_address_gets_into_an_address() -> None:
    for script in SCRIPTS.values():
        for asked in re.findall(r"ask\(`([^`]*)`", script):
            assert not re.search(r"customer|email|text|name", asked), asked


@pytest.mark.parametrize("dark", [False, True])
def test_all_text_can_be_read_and_all_edges_be_seen(dark: bool) -> None:
    found = colours(CSS, dark)
    for ground in ("surface", "paper", "sunk", "chosen"):
        assert contrast(found["ink"], found[ground]) >= 4.5
        assert contrast(found["ink2"], found[ground]) >= 4.5
    assert contrast(found["ink3"], found["surface"]) >= 4.5
    assert contrast(found["onpress"], found["press"]) >= 4.5
    assert contrast(found["edge"], found["surface"]) >= 3
