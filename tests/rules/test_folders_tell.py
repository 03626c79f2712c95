"""Every folder says in three sentences what is in it, what is not, and who enters."""

import ast
import re
from collections.abc import Mapping
from pathlib import PurePosixPath

import pytest

from rules.sources import PACKAGES, text_files

TOPS = {*PACKAGES, "tests", "android", "recipes", "requirements", "systemd"}
LEAST = 3
END = re.compile(r"[.?!](?=\s|$)")


def folders(files: Mapping[str, str]) -> list[str]:
    """Return the folders that files lie in, as far as they have to tell."""
    above = {str(folder) for path in files for folder in PurePosixPath(path).parents}
    return sorted(folder for folder in above if folder.split("/")[0] in TOPS)


def told(folder: str, files: Mapping[str, str]) -> str:
    """Return what a folder says of itself, in its package's docstring or its README.md.

    Tests are told by the room whose folder they mirror, and what is not Python by the README.md
    above it.
    """
    parent, _, name = folder.rpartition("/")
    if (package := files.get(f"{folder}/__init__.py")) is not None:
        return ast.get_docstring(ast.parse(package)) or ""
    if (page := files.get(f"{folder}/README.md")) is not None:
        return page
    mirrored = folder.removeprefix("tests/")
    if mirrored != folder and any(path.startswith(f"{mirrored}/") for path in files):
        return told(mirrored, files)
    has_code = any(path.endswith(".py") and path.startswith(f"{folder}/") for path in files)
    if not name or has_code or f"{parent}/__init__.py" in files:
        return ""
    return told(parent, files)


def silent(files: Mapping[str, str]) -> list[str]:
    """Return the folders that say too little."""
    return [folder for folder in folders(files) if len(END.findall(told(folder, files))) < LEAST]


def test_every_folder_says_what_is_in_it_what_is_not_and_who_enters() -> None:
    assert silent(dict(text_files())) == []


WORDS = "What is here. What is not. Who enters."
PACKAGE = {"scanner/__init__.py": f'"""{WORDS}"""'}


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"scanner/__init__.py": '"""Two. Sentences."""'}, ["scanner"]),
        ({"scanner/__init__.py": "import os"}, ["scanner"]),
        ({"tests/bench/load.py": ""}, ["tests", "tests/bench"]),
        ({**PACKAGE, "scanner/fonts/A.ttf": ""}, ["scanner/fonts"]),
        ({"tests/README.md": WORDS, "tests/fuzz/link.py": ""}, ["tests/fuzz"]),
    ],
)
def test_a_folder_that_says_too_little_is_found(files: dict[str, str], found: list[str]) -> None:
    assert silent(files) == found


@pytest.mark.parametrize(
    "files",
    [
        PACKAGE,
        {"systemd/README.md": WORDS, "systemd/a.service": ""},
        {"android/README.md": WORDS, "android/src/org/A.java": ""},
        {**PACKAGE, "tests/README.md": WORDS, "tests/scanner/test_any.py": ""},
    ],
)
def test_a_folder_that_tells_is_not(files: dict[str, str]) -> None:
    assert silent(files) == []
