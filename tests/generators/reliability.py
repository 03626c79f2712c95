"""Run the tests of faults and write what they saw into docs/reliability.md.

`PYTHONPATH=tests .venv/bin/python -m generators.reliability [-k SOME]`; further words go to pytest.
Rows of tests that did not run, or can't run on this machine, stay as they are.
"""

import fcntl
import sys
from collections.abc import Sequence

import pytest

from generators.fault_table import NEW, PAGE, Row, committed, fault_tests, merged, page
from rules.sources import ROOT


class Collector:
    """Plugin that takes the rows that tests report."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def pytest_configure(self, config: pytest.Config) -> None:
        """Offer the list to the fixture."""
        config.stash[NEW] = self.rows


def main(words: Sequence[str]) -> int:
    """Run the tests, then write the page if all of them passed.

    Args:
        words: Further arguments of pytest.

    Returns:
        Exit code of pytest.
    """
    tests = fault_tests()
    files = sorted({str(ROOT / test.partition("::")[0]) for test in tests})
    collector = Collector()
    code = int(pytest.main(["-m", "not soak", *words, *files], plugins=[collector]))
    if code == 0:
        with PAGE.open("a") as held:
            # Two of us may be writing their own rows.
            fcntl.flock(held, fcntl.LOCK_EX)
            PAGE.write_text(page(merged(committed(), collector.rows, tests)), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
