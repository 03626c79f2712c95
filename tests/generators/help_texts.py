"""The commands' `--help`, as it stands in README.md and docs/commands.md.

`PYTHONPATH=tests .venv/bin/python -m generators.help_texts` writes it there again.
"""

import contextlib
import io
import os
import re
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import entry_points

from rules.sources import ROOT

PROGRAMS = ("entrance-gateway", "entrance-scanner")
COMMANDS = "docs/commands.md"
PAGES = ("README.md", COMMANDS)
AGAIN = "PYTHONPATH=tests .venv/bin/python -m generators.help_texts"

BLOCK = re.compile(r"<!-- help: ([a-z -]+?) -->\n```\n(.*?)```\n<!-- end of help -->", re.DOTALL)

INTRO = """# Commands

What each command says with `--help`. A test compares; this page is written again by
`PYTHONPATH=tests .venv/bin/python -m generators.help_texts`.
"""

Main = Callable[[Sequence[str] | None], int]


def help_of(words: Sequence[str]) -> str:
    """Return what a command says with `--help`.

    Args:
        words: Program, command, command's command.
    """
    (script,) = entry_points(group="console_scripts", name=words[0])
    main: Main = script.load()
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        main([*words[1:], "--help"])
    return said.getvalue()


def commands() -> dict[tuple[str, ...], str]:
    """Return every command with its help, programs first."""
    return dict(item for program in PROGRAMS for item in _below((program,)))


def _below(words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    text = help_of(words)
    yield words, text
    for name in subcommands(text):
        yield from _below((*words, name))


def subcommands(text: str) -> list[str]:
    """Return the commands that a help text lists: four blanks in, below their placeholder."""
    listed = re.search(r"^  [A-Z]+$((?:\n {4,}.*)+)", text, re.MULTILINE)
    return re.findall(r"^ {4}([a-z][a-z-]*)", listed[1], re.MULTILINE) if listed else []


def plain(text: str) -> str:
    """Return a help text without its line breaks, which differ with the version of Python."""
    return " ".join(re.sub(r"(?<=\w)-\n\s*", "-", text).split())


def block(words: Sequence[str], text: str) -> str:
    """Return a help text as a page holds it."""
    return f"<!-- help: {' '.join(words)} -->\n```\n{text}```\n<!-- end of help -->"


def write() -> None:
    """Write the pages again."""
    os.environ.update(COLUMNS="96", NO_COLOR="1")
    known = commands()
    parts = [f"\n## {' '.join(words)}\n{block(words, text)}\n" for words, text in known.items()]
    (ROOT / COMMANDS).write_text(INTRO + "".join(parts), encoding="utf-8")
    readme = ROOT / "README.md"
    told = BLOCK.sub(
        lambda found: block(found[1].split(), known[tuple(found[1].split())]),
        readme.read_text(encoding="utf-8"),
    )
    readme.write_text(told, encoding="utf-8")


if __name__ == "__main__":
    write()
