"""How a device joins a venue: it checks the authority against the typed code, then trusts it."""

from __future__ import annotations

import asyncio
import hmac
import json
import os
import ssl
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiohttp
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from offline_cache.errors import AskNewCode, CacheError, CheckNetwork, LookWhoAnswers, WaitAMinute
from offline_cache.identity.identity import Identity
from offline_cache.identity.pinning import pinned
from validator.enrolment import TLS_NAME, authority_key_hash, read_enrolment_code
from validator.errors import FixRequest
from validator.keys import KEY_BYTES, SigningKey

DEFAULT_PORT = 8443
"""Port of the gateway's listener for devices."""

ENROL_S = 20.0
"""Longest wait for the whole of it, in seconds."""

LONGEST_ANSWER = 64 * 1024
"""Most bytes that are read of an answer."""

_Request = AbstractAsyncContextManager[aiohttp.ClientResponse]


async def enrol(
    code: str, gateway: str, name: str, before: Identity | None = None, pin: bytes = b""
) -> Identity:
    """Exchange a one-time code for an identity.

    Args:
        code: As the gateway showed it; case and dashes don't matter.
        gateway: `HOST` or `HOST:PORT`.
        name: What people call the device.
        before: Who the device was until now. At the same venue it asks for its id again: a
            gateway that was restored, and has lost the device, then takes its journal.
        pin: SHA-256 of the authority's public key, of an invitation; empty = what the code holds
            of it is compared.

    Raises:
        FixRequest: The code is mistyped.
        AskNewCode: The code is wrong, used or too old.
        LookWhoAnswers: Whoever answers at the address is not the gateway that gave the code.
        CheckNetwork: The gateway can't be reached.
        WaitAMinute: There were too many wrong codes.
        CacheError: It does not answer properly.
    """
    key_hash, secret = read_enrolment_code(code)
    address = address_of(gateway)
    seed = os.urandom(KEY_BYTES)
    key = SigningKey.from_seed(seed).public.hex()
    try:
        async with asyncio.timeout(ENROL_S), aiohttp.ClientSession() as http:
            authority = await _authority(http, address, pin or key_hash)
            answer = await _call(
                http.post(
                    f"https://{address}/api/v1/enrol",
                    json={"secret": secret.hex(), "name": name, "key": key}
                    | await _known_as(http, address, before, authority),
                    ssl=pinned(authority),
                    server_hostname=TLS_NAME,
                    allow_redirects=False,
                )
            )
    except aiohttp.ClientConnectorCertificateError as error:
        raise LookWhoAnswers(
            "Whoever answers at this address has not the gateway's key: somebody may be "
            "listening in. Check the address and the network."
        ) from error
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise CheckNetwork(
            f"The gateway at {address} can't be reached: check the address and that this device "
            "is in the same network."
        ) from error
    try:
        given = {"gateway": address, "authority_pem": authority, "seed": seed.hex()}
        return Identity.of({**answer, **given})
    except ValueError as error:
        raise CacheError(
            "The gateway's answer can't be understood: update this program."
        ) from error


async def _known_as(
    http: aiohttp.ClientSession, address: str, before: Identity | None, authority: str
) -> dict[str, str]:
    """Return the id to ask for: at the same venue, also if its authority was renewed since."""
    if before is None:
        return {}
    if before.authority_pem != authority:
        try:
            await _call(
                http.get(
                    f"https://{address}/api/v1/authority",
                    ssl=pinned(before.authority_pem),
                    server_hostname=TLS_NAME,
                    allow_redirects=False,
                )
            )
        except (aiohttp.ClientError, CacheError):
            return {}
    return {"device": before.device}


def address_of(gateway: str) -> str:
    """Return an address as it was typed with its port.

    Args:
        gateway: `HOST` or `HOST:PORT`.

    Raises:
        FixRequest: It is none.
    """
    bare = gateway.strip().removeprefix("https://").rstrip("/")
    if not bare or len(bare) > 253 or any(char in "/?#@\\ " for char in bare):
        raise FixRequest("The gateway's address is written HOST or HOST:PORT.")
    # An address of IPv6 stands in brackets.
    has_port = "]:" in bare if bare.startswith("[") else ":" in bare
    return bare if has_port else f"{bare}:{DEFAULT_PORT}"


async def _authority(http: aiohttp.ClientSession, address: str, key_hash: bytes) -> str:
    """Fetch the venue's authority over a connection that is not trusted, and check it."""
    answer = await _call(
        http.get(f"https://{address}/api/v1/authority", ssl=_unverified(), allow_redirects=False)
    )
    pem = str(answer.get("pem", "")).encode()
    try:
        theirs = authority_key_hash(pem)[: len(key_hash)]
        # Written anew: what else stood in the text must not be trusted along with it.
        only = x509.load_pem_x509_certificate(pem).public_bytes(Encoding.PEM).decode()
    except (FixRequest, ValueError) as error:
        raise CacheError("Whoever answers at this address is no gateway: check it.") from error
    if not hmac.compare_digest(theirs, key_hash):
        raise LookWhoAnswers(
            "This is not the gateway that gave the code: either the address is another venue's, "
            "or somebody stands in between. Do not go on before that is clear."
        )
    return only


async def _call(request: _Request) -> dict[str, Any]:
    """Return the JSON object of an answer."""
    async with request as response:
        body = await response.content.read(LONGEST_ANSWER)
        while len(body) < LONGEST_ANSWER and (more := await response.content.read(LONGEST_ANSWER)):
            body += more
        match response.status:
            case 200:
                pass
            case 403:
                raise AskNewCode(
                    "The gateway does not take this code: it was used or is too old. "
                    "Ask for a new one."
                )
            case 429:
                raise WaitAMinute("The gateway had too many wrong codes: wait a minute, try again.")
            case status:
                raise CacheError(f"The gateway refuses to enrol this device (HTTP {status}).")
    try:
        plain = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise CacheError("Whoever answers at this address is no gateway: check it.") from error
    if not isinstance(plain, dict):
        raise CacheError("Whoever answers at this address is no gateway: check it.")
    return plain


def _unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
