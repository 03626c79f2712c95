"""A device that follows its gateway to another address."""

from dataclasses import replace
from pathlib import Path

import pytest

from doubles.gateway.authority import Authority
from doubles.gateway.scripted_link import LinkGateway
from doubles.lane.link_device import LinkDevice
from doubles.store.device_cache import identity
from offline_cache.errors import CacheError, EnrolAgain
from offline_cache.identity.relocation import moved
from offline_cache.sync.events import Up
from validator.errors import FixRequest


async def test_the_same_venues_gateway_is_followed_with_everything_else_unchanged(
    gateway: LinkGateway,
) -> None:
    old = identity(gateway="192.0.2.1:8443", authority_pem=gateway.pem)
    here = f"127.0.0.1:{gateway.port}"
    assert await moved(old, here) == replace(old, gateway=here)


async def test_another_venues_gateway_is_not_followed(tmp_path: Path, gateway: LinkGateway) -> None:
    other = identity(authority_pem=Authority(tmp_path / "other").pem)
    with pytest.raises(EnrolAgain, match="nothing was changed"):
        await moved(other, f"127.0.0.1:{gateway.port}")


async def test_an_address_where_nobody_is_changes_nothing(gateway: LinkGateway) -> None:
    await gateway.stop()
    known = identity(authority_pem=gateway.pem)
    with pytest.raises(CacheError, match="nothing was changed"):
        await moved(known, f"127.0.0.1:{gateway.port}")
    with pytest.raises(FixRequest, match="HOST"):
        await moved(known, "http://gateway/path")


async def test_a_running_link_asks_for_the_address_before_every_try(
    tmp_path: Path, gateway: LinkGateway
) -> None:
    nowhere = LinkGateway(Authority(tmp_path / "gone"))
    await nowhere.start()
    await nowhere.stop()
    addresses = iter([f"127.0.0.1:{nowhere.port}"])
    device = LinkDevice(
        tmp_path, gateway, address=lambda: next(addresses, f"127.0.0.1:{gateway.port}")
    )
    await device.start()
    await device.until(Up())
    await device.stop()
