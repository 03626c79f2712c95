"""A device goes to its gateway's new address; who it is and what it owes stay as they are."""

from __future__ import annotations

from dataclasses import replace

import aiohttp

from offline_cache.errors import CacheError, EnrolAgain
from offline_cache.identity.enrolment import address_of
from offline_cache.identity.identity import Identity
from offline_cache.identity.pinning import pinned
from validator.enrolment import TLS_NAME

REACH_S = 20.0
"""Longest wait for the gateway, in seconds."""


async def moved(identity: Identity, gateway: str) -> Identity:
    """Make sure that the same venue's gateway answers at an address, and return who goes there.

    Args:
        identity: Of the device; the authority that it pins stays.
        gateway: `HOST` or `HOST:PORT`.

    Raises:
        FixRequest: The address is mistyped.
        EnrolAgain: Somebody else answers there.
        CacheError: Nobody answers there.
    """
    address = address_of(gateway)
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(REACH_S)) as http,
            http.get(
                f"https://{address}/api/v1/authority",
                ssl=pinned(identity.authority_pem),
                server_hostname=TLS_NAME,
                allow_redirects=False,
            ),
        ):
            return replace(identity, gateway=address)
    except aiohttp.ClientConnectorCertificateError as error:
        raise EnrolAgain(
            f"Whoever answers at {address} has not this venue's key, so nothing was changed. "
            "Check the address; at another venue, enrol with a code of its gateway."
        ) from error
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise CacheError(
            f"Nobody answers at {address}, so nothing was changed: check the address and that "
            "this device is in the same network."
        ) from error
