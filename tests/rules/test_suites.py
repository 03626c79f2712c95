"""The table of how long the suites take, in tests/README.md."""

import re

from generators.suites import BEGIN, END, PAGE, suite_of, table
from rules.sources import ROOT

REPORT = """
<testsuites><testsuite>
<testcase classname="tests.device.test_tones" name="test_one" time="0.4"/>
<testcase classname="tests.validator.gateway.ledger.test_uses" name="test_two" time="2.2"/>
<testcase classname="tests.validator.gateway.ledger.test_uses.TestUses" name="test_three" time="1"/>
<testcase classname="tests.device.test_camera" name="test_four" time="9"><skipped/></testcase>
</testsuite></testsuites>
"""


def test_suites_are_told_with_their_seconds_the_longest_first() -> None:
    assert table(REPORT).splitlines()[2:] == [
        "| `validator/gateway/ledger/` | 2 | 3 |",
        "| `device/` | 1 | 0 |",
        "| all | 3 | 4 |",
    ]


def test_a_suite_is_a_folder_and_of_large_ones_the_room() -> None:
    assert suite_of("tests.validator.test_judge") == "validator/"
    assert suite_of("tests.validator.boxoffice.test_orders") == "validator/boxoffice/"
    assert suite_of("tests.scanner.lane.test_lane") == "scanner/"


def test_every_suite_of_the_page_is_there() -> None:
    told = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    suites = re.findall(r"^\| `([^`]+)/` \|", told, re.MULTILINE)
    assert [suite for suite in suites if not (ROOT / "tests" / suite).is_dir()] == []
