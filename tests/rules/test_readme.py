"""README.md and docs/commands.md tell the truth about the commands."""

import re

import pytest

from generators.help_texts import AGAIN, BLOCK, PAGES, PROGRAMS, commands, plain, subcommands
from rules.sources import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "96")
    monkeypatch.setenv("NO_COLOR", "1")


def test_the_help_of_every_command_is_in_the_pages_as_it_is() -> None:
    told = {
        tuple(words.split()): plain(text)
        for page in PAGES
        for words, text in BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))
    }
    said = {words: plain(text) for words, text in commands().items()}
    assert told == said, f"Write the pages again: {AGAIN}"


def test_the_readme_shows_what_both_programs_can_do() -> None:
    told = {words: plain(text) for words, text in BLOCK.findall(README)}
    said = {" ".join(words): plain(text) for words, text in commands().items()}
    assert {program: said[program] for program in PROGRAMS} == told


def test_every_make_target_in_the_readme_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z][a-z-]*)", "\n".join(_code(README))))
    assert named
    assert not named - targets


def _code(text: str) -> list[str]:
    return re.findall(r"```\n.*?```|`[^`\n]+`", text, re.DOTALL)


def test_commands_are_read_out_of_a_help_text() -> None:
    text = (
        "usage: x [-h] COMMAND ...\n\npositional arguments:\n  COMMAND\n    serve     run\n"
        "    add-user  let somebody\n              in\n\noptions:\n  -h, --help  show this\n"
    )
    assert subcommands(text) == ["serve", "add-user"]
    assert subcommands("usage: x FILE\n\npositional arguments:\n  FILE  a picture\n") == []
