from collections import defaultdict

import pytest
from hypothesis import HealthCheck, settings

from generators.fault_table import NEW, FaultTable

# Slow or busy machines must not decide whether a property holds.
settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("house")


@pytest.fixture
def faults(request: pytest.FixtureRequest) -> FaultTable:
    """Where a test of a fault reports what people saw of it: docs/reliability.md."""
    path = request.path.relative_to(request.config.rootpath).as_posix()
    name = request.function.__name__
    return FaultTable(f"{path}::{name}", request.config.stash.get(NEW, None))


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name at the end what `make check` leaves out, and what this machine can't run, and why."""
    if "not slow" in terminalreporter.config.option.markexpr:
        named = terminalreporter.config.getini("markers")
        (slow,) = (line for line in named if line.startswith("slow: "))
        terminalreporter.line(f"Not in it: {slow.removeprefix('slow: ').partition(';')[0]}.")
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
