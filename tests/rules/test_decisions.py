"""Decisions in docs/adr/ are numbered without a gap, and say since when and whether they hold."""

import re
from pathlib import Path

import pytest

from rules.sources import ROOT

PAGES = sorted((ROOT / "docs/adr").glob("*.md"))
STATUS = re.compile(r"^\*(Accepted|Replaced), \d{1,2} [A-Z][a-z]+ \d{4}\b.*\.\*$")


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(page.name[:4]) for page in PAGES] == list(range(1, len(PAGES) + 1))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_decision_says_its_number_its_date_and_its_status(page: Path) -> None:
    title, blank, status, *_ = page.read_text(encoding="utf-8").splitlines()
    assert title.startswith(f"# {int(page.name[:4])}. ")
    assert not blank
    assert STATUS.match(status), status
