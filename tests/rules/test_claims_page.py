"""docs/claims.md tells every rule of the model, and no other."""

import re

from claim_model.protocol import Rules
from claim_model.test_claim_model import WORLDS
from rules.sources import ROOT

PAGE = (ROOT / "docs/claims.md").read_text(encoding="utf-8")
NUMBERS = "no one two three four five six seven eight nine ten eleven twelve".split()


def test_the_page_names_every_rule_of_the_model() -> None:
    assert sorted(re.findall(r"\*\((\w+)\)\*", PAGE)) == sorted(Rules._fields)


def test_the_page_counts_the_worlds_of_the_model() -> None:
    assert f"in {NUMBERS[len(WORLDS)]} worlds" in PAGE
