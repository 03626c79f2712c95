"""The units in real systemd: a spawned Debian, its own users, its own journal."""

from __future__ import annotations

import pytest

from virtual_machines.installed_units import STEPS
from virtual_machines.spawned import missing, run

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(bool(missing()), reason=missing() or "-"),
]


async def test_a_house_under_systemd_outlives_what_an_evening_does_to_it() -> None:
    results = await run()
    failed = {name: said for name, (well, said) in results.items() if not well}
    assert not failed
    assert list(results) == [step.__name__ for step in STEPS]
