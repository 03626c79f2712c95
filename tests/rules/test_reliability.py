"""docs/reliability.md has a row for every test of a fault, and can be written again."""

from generators.fault_table import AGAIN, PAGE, Row, committed, fault_tests, merged, page


def row(test: str, fault: str = "Disk full", seen: str = "a | b \\ c") -> Row:
    return Row("Lane", fault, seen, "exit 1", "nothing", test)


def test_every_test_of_a_fault_has_a_row_and_every_row_its_test() -> None:
    named = {row.test for row in committed()}
    assert named == set(fault_tests()), f"Write the page again: {AGAIN}"


def test_the_page_is_as_it_is_written() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(committed()), f"Write it again: {AGAIN}"


def test_a_run_replaces_the_rows_of_its_tests_and_keeps_the_others() -> None:
    old = [row("a"), row("a", "Disk slow"), row("b"), row("gone")]
    new = [row("a", "Disk broken")]
    assert merged(old, new, ["a", "b"]) == sorted([row("a", "Disk broken"), row("b")])
