"""JSON over HTTP to a ticketing system: bounded, patient, and never an exception of aiohttp's."""

from __future__ import annotations

import json
from collections.abc import Mapping

import aiohttp

from validator.errors import NotAllowed, RetryLater, WireError
from validator.wire.fields import Fields

MAX_ANSWER = 32 * 1024 * 1024
"""Largest answer that is read, in bytes."""

_TIMEOUT_S = 20.0
_LONGEST_WAIT_S = 3600.0


class JsonClient:
    """Calls one system; made anywhere, used in one event loop.

    Args:
        name: Of the system, for people.
        url: Base of every path.
        headers: Sent with every call.
        timeout_s: Seconds that a call may take.
    """

    def __init__(
        self, name: str, url: str, headers: Mapping[str, str], timeout_s: float = _TIMEOUT_S
    ) -> None:
        self._name = name
        self._url = url.rstrip("/")
        self._headers = dict(headers)
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None

    async def get(self, path: str, query: Mapping[str, str]) -> Fields:
        """Ask for a JSON object.

        Raises:
            RetryLater: The system can't be reached, is broken, or asks to wait.
            NotAllowed: It does not accept our key.
            WireError: It refuses the request, or its answer can't be understood.
        """
        return await self._call("GET", path, query, None)

    async def post(self, path: str, body: object) -> Fields:
        """Send a JSON body and return the object that is answered.

        Raises:
            RetryLater: As `get`.
            NotAllowed: As `get`.
            WireError: As `get`.
        """
        return await self._call("POST", path, {}, body)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _call(self, method: str, path: str, query: Mapping[str, str], body: object) -> Fields:
        if self._session is None:
            self._session = aiohttp.ClientSession(headers=self._headers, timeout=self._timeout)
        try:
            async with self._session.request(
                method,
                self._url + path,
                params=query,
                json=body,
                allow_redirects=False,
            ) as answer:
                data = await read_body(answer, self._name)
                self._check(answer)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise RetryLater(f"{self._name} can't be reached ({type(error).__name__}).") from error
        try:
            plain = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise WireError(f"{self._name} answered something that is no JSON.") from error
        return Fields(plain, WireError, f"{self._name}'s answer")

    def _check(self, answer: aiohttp.ClientResponse) -> None:
        status = answer.status
        if status < 300:
            return
        if status in (401, 403):
            raise NotAllowed(f"{self._name} does not accept our key (status {status}). Correct it.")
        if status in (408, 425, 429) or status >= 500:
            raise RetryLater(
                f"{self._name} asks to come back later (status {status}).",
                retry_after_s(answer.headers.get("Retry-After", "")),
            )
        raise WireError(f"{self._name} refuses the request (status {status}).")


async def read_body(answer: aiohttp.ClientResponse, name: str) -> bytes:
    """Read an answer to its end.

    Args:
        answer: Of a ticketing system.
        name: Of the system, for people.

    Raises:
        WireError: It is longer than `MAX_ANSWER`.
    """
    data = bytearray()
    async for chunk in answer.content.iter_chunked(65_536):
        data += chunk
        if len(data) > MAX_ANSWER:
            raise WireError(f"{name} answered more than {MAX_ANSWER} bytes.")
    return bytes(data)


def retry_after_s(text: str) -> float | None:
    """Read the seconds of a Retry-After header, at most an hour.

    Its other form, a date, is left to our own back-off.

    Source: RFC 9110, section 10.2.3.
    """
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return None
    return min(float(text), _LONGEST_WAIT_S)
