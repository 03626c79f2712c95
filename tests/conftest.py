from collections import defaultdict

import pytest
from hypothesis import HealthCheck, settings

# Slow or busy machines must not decide whether a property holds.
settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("house")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name at the end what this machine can't run, and why."""
    tests_by_reason: dict[str, list[str]] = defaultdict(list)
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        tests_by_reason[reason.removeprefix("Skipped: ")].append(report.nodeid)
    if not tests_by_reason:
        return
    terminalreporter.section("what this machine can't run")
    for reason, tests in sorted(tests_by_reason.items()):
        terminalreporter.line(reason)
        for test in tests:
            terminalreporter.line(f"    {test}")
