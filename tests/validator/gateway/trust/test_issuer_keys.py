"""How a supervisor looks at the keys that sign tickets, and marks one as stolen."""

from __future__ import annotations

import pytest

from doubles.gateway.live import LiveGateway
from validator.errors import FixRequest
from validator.model import IssuerKey, KeyState

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_before_a_key_is_given_up_it_is_said_how_many_tickets_hang_on_it(
    live: LiveGateway,
) -> None:
    status, said = await live.call("GET", "/api/v1/keys/1", token=live.admin)
    assert status == 200
    assert said["state"] == "active" and said["listed"] > 0 and said["unlisted"] == 0


async def test_a_ticket_that_the_gateway_has_not_listed_is_counted_apart(
    live: LiveGateway,
) -> None:
    gateway = live.daemon.gateway
    sold = [serial for part in gateway.office.issuer.sold(1) for serial in part]
    await gateway.services.committer.write(
        lambda work: work.session.listings.drop(sold[0], work.now)
    )
    _, said = await live.call("GET", "/api/v1/keys/1", token=live.admin)
    assert (said["listed"], said["unlisted"]) == (len(sold) - 1, 1)


async def test_a_key_that_only_the_lanes_remember_can_be_given_up_too(live: LiveGateway) -> None:
    services = live.daemon.gateway.services
    lost = IssuerKey(77, bytes(32), KeyState.RETIRED, (live.evening.tonight,), "boxoffice")
    await services.committer.write(lambda work: work.put_entries([lost]))
    status, said = await live.call("POST", "/api/v1/keys/77/compromised", {}, live.admin)
    assert (status, said["state"], said["listed"]) == (200, "compromised", 0)
    with pytest.raises(FixRequest, match="no issuer key 78"):
        await services.issuer_keys.compromise(78)


@pytest.mark.parametrize("id", ["9", "one", "99999999999999999999", "-1", "%31%2f"])
async def test_a_key_that_is_not_there_is_a_bad_request(live: LiveGateway, id: str) -> None:
    status, said = await live.call("POST", f"/api/v1/keys/{id}/compromised", {}, live.admin)
    assert status == 400 and "no issuer key" in said["error"]
