"""Days of check-ins and cancellations at sixty requests a minute, with all that can go wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from doubles.upstreams.infomaniak_evening import DATES, IN, Evening, Scale
from simulators.infomaniak import most_in_a_minute
from validator.model import Reason

SMALL = Scale(tickets=240, check_ins=80, one_by_one=24, at_once=25, hours=0.6, outage_h=3)
WHOLE = Scale(tickets=8_000, check_ins=5_000, one_by_one=380, at_once=120, hours=4, outage_h=24)


@pytest.mark.slow
@pytest.mark.parametrize(
    "scale", [SMALL, pytest.param(WHOLE, marks=pytest.mark.full)], ids=["small", "whole"]
)
async def test_none_is_lost_none_twice_and_nobody_is_cancelled_by_mistake(
    tmp_path: Path, scale: Scale
) -> None:
    evening = Evening(tmp_path, scale, seed=7)
    evening.sell()
    async with evening.running():
        await evening.heard()
        evening.trouble()
        part, few = scale.check_ins // 4, scale.one_by_one // 4
        for _ in range(2):
            evening.cancel(few)
            await evening.guests(part, scale.hours / 4)
        evening.scan_there(10)

        evening.simulator.down = True
        await evening.guests(part, scale.outage_h - 1)
        evening.cancel(few)
        await evening.time.sleep(3600)
        evening.simulator.down = False

        evening.simulator.blind = True
        await evening.time.sleep(1800)
        evening.simulator.blind = False
        evening.cancel(scale.one_by_one - 3 * few)
        evening.cancel(scale.at_once, DATES[0])
        await evening.guests(scale.check_ins - 3 * part, scale.hours / 2)

        evening.calm()
        await evening.drained()
        for _ in range(2):
            await evening.heard()
        assert await evening.approve() >= scale.at_once
        await evening.heard()

        scanned = {
            ticket.key: [what for what, _ in ticket.scans]
            for ticket in evening.shop.tickets.values()
            if ticket.scans
        }
        assert scanned == evening.expected
        assert await evening.refused() == {ticket.key for ticket in evening.cancelled}
        assert len(evening.cancelled) == scale.one_by_one + scale.at_once
        assert evening.used_elsewhere() == sorted(ticket.key for ticket in evening.foreign)
        with evening.store.reading() as session:
            assert not session.outbox.refused()
            assert not session.held_cancellations.all()
        assert (await evening.scan(evening.cancelled[-1], IN)).reason is Reason.CANCELLED
    log = evening.simulator.log
    assert most_in_a_minute(log) <= 60
    assert not any(entry.status == 429 for entry in log)
