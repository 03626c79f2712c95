"""A key that signs tickets is stolen, or changed: what lanes let in before and afterwards."""

from __future__ import annotations

import time
from itertools import count

from journeys.venue.commands import gateway
from journeys.venue.lane import LaneProcess
from journeys.venue.venue import Venue
from journeys.venue.waiting import until
from validator.keys import SigningKey
from validator.token import Claims, issue


def forged(venue: Venue, serial: int) -> str:
    """Print a ticket that nobody sold, with the key that was stolen."""
    seed = bytes.fromhex((venue.data / "issuer-1.key").read_text())
    return issue(SigningKey.from_seed(seed), 1, Claims(venue.evening.tonight, serial, tariff=1))


async def sold(venue: Venue, many: int) -> list[str]:
    """Sell tickets while the gateway runs; return their codes."""
    order = await venue.office(
        "orders",
        {
            "customer": "Ada",
            "paid": True,
            "items": [{"performance": venue.evening.tonight, "tariff": 1}] * many,
        },
    )
    return [await venue.photographed(ticket["number"]) for ticket in order["tickets"]]


async def shown(lane: LaneProcess, code: str) -> tuple[str, str]:
    said = await lane.scan(code)
    return said["decision"], said["reason"]


async def test_of_a_stolen_key_lanes_refuse_what_was_not_sold_and_let_in_what_was(
    venue: Venue,
) -> None:
    await venue.open()
    lane, away, cable = await venue.here_and_away()
    assert await shown(lane, forged(venue, 60_001)) == ("admit", "ok")

    code, said = await gateway(venue, "keys", "compromised", "1", typed="no\n")
    assert code == 1 and "Nothing was changed" in said and "unlisted   0" in said
    before = len(lane.lines)
    code, said = await gateway(venue, "keys", "compromised", "1", typed="1\n")
    answered = time.monotonic()
    assert code == 0 and "a new one signs" in said
    await lane.heard(before, event="applied", stream="catalogue")
    serials = count(60_002)

    async def refused() -> bool:
        return await shown(lane, forged(venue, next(serials))) == ("refuse", "unknown_key")

    await until(refused)
    print(f"refused at the lane {time.monotonic() - answered:.3f} s after the command's answer")
    assert await shown(lane, venue.code(venue.evening.crowd[0])) == ("admit", "ok")
    first, second = await sold(venue, 2)
    assert await shown(lane, first) == ("admit", "ok")

    assert (await shown(away, forged(venue, 70_001)))[0] != "refuse", "it can't know it yet"
    before = len(away.lines)
    cable.plug()
    await away.heard(before, event="up")
    await away.heard(before, event="applied", stream="catalogue")
    assert await shown(away, forged(venue, 70_002)) == ("refuse", "unknown_key")
    assert await shown(away, second) == ("admit", "ok")
    assert await shown(away, venue.code(venue.evening.crowd[1])) == ("admit", "ok")


async def test_after_a_change_of_keys_sold_tickets_stay_good_and_new_ones_pass_at_once(
    venue: Venue,
) -> None:
    await venue.open()
    lane, away, cable = await venue.here_and_away()

    code, said = await gateway(venue, "keys", "rotate", "--yes")
    assert code == 0 and "Key 2 signs tickets from now on" in said
    codes = await sold(venue, 3)
    # A lane that has not heard of the key asks the gateway before it refuses.
    assert await shown(lane, codes[0]) == ("admit", "ok")
    assert await shown(lane, venue.code(venue.evening.crowd[0])) == ("admit", "ok")
    assert await shown(away, codes[1]) == ("refuse", "unknown_key")

    before = len(away.lines)
    cable.plug()
    await away.heard(before, event="applied", stream="catalogue")
    assert await shown(away, codes[2]) == ("admit", "ok")
    assert await shown(away, venue.code(venue.evening.crowd[1])) == ("admit", "ok")
    _, said = await gateway(venue, "keys")
    assert [line.split()[2] for line in said.splitlines()[1:3]] == ["retired", "active"]


async def test_a_key_changed_while_the_gateway_stands_still_is_known_when_it_runs(
    venue: Venue,
) -> None:
    code, said = await gateway(venue, "keys", "--json")
    assert code == 1 and "no gateway's data" in said
    await venue.open()
    await venue.shut()
    code, said = await gateway(venue, "keys", "compromised", "1", "--yes")
    assert code == 0, said
    await venue.open()
    lane = await venue.enrolled("lane")
    await lane.start(*venue.streams)
    assert await shown(lane, forged(venue, 60_001)) == ("refuse", "unknown_key")
    assert await shown(lane, venue.code(venue.evening.crowd[0])) == ("admit", "ok")
