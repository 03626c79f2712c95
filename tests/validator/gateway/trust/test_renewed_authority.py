"""A device that enrols again at a gateway whose authority was renewed meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from doubles.gateway.authority import Authority
from doubles.gateway.live import LiveGateway
from offline_cache.identity.enrolment import enrol
from offline_cache.identity.identity import Identity
from offline_cache.identity.relocation import moved
from validator.gateway.ledger.epochs import begin_epoch_and_await
from validator.model import DeviceId

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def enrolled(live: LiveGateway, **more: Any) -> Identity:
    _, made = await live.call("POST", "/api/v1/devices/codes", {"gate": "a"}, live.admin)
    return await enrol(made["code"], f"127.0.0.1:{live.daemon.tls.port}", "Lane", **more)


async def test_the_venue_is_the_same_so_a_restored_gateway_gives_its_id_back(
    live: LiveGateway,
) -> None:
    before = replace(await enrolled(live), device=DeviceId("lane-98"))
    await live.daemon.gateway.services.committer.write(
        lambda work: begin_epoch_and_await(work.session, bytes(8), work.now)
    )
    status, _ = await live.call("POST", "/api/v1/authority/renew", {}, live.admin)
    assert status == 200
    again = await enrolled(live, before=before)
    assert again.authority_pem != before.authority_pem
    assert again.device == "lane-98"


async def test_a_device_of_the_authority_before_may_move(live: LiveGateway) -> None:
    before = await enrolled(live)
    await live.call("POST", "/api/v1/authority/renew", {}, live.admin)
    address = f"127.0.0.1:{live.daemon.tls.port}"
    assert (await moved(replace(before, gateway="elsewhere:1"), address)).gateway == address


async def test_a_strangers_authority_is_not_taken_for_the_one_before(
    live: LiveGateway, tmp_path_factory: pytest.TempPathFactory
) -> None:
    strange = Authority(tmp_path_factory.mktemp("strange")).pem
    before = replace(await enrolled(live), device=DeviceId("lane-99"), authority_pem=strange)
    assert (await enrolled(live, before=before)).device != "lane-99"
