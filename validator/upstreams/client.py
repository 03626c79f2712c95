"""JSON over HTTP to a ticketing system: bounded, patient, and never an exception of aiohttp's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aiohttp

from validator.errors import NotAllowed, RetryLater, WireError
from validator.wire.fields import Fields

MAX_ANSWER = 32 * 1024 * 1024
"""Largest answer that is read, in bytes."""

_TIMEOUT_S = 20.0
_LONGEST_WAIT_S = 3600.0


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What came back, whatever it says.

    Args:
        status: Of HTTP.
        headers: Of the answer; their case does not matter.
        body: All of it.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class Connections:
    """HTTP connections to one system; made anywhere, used in one event loop.

    Args:
        name: Of the system, for people.
        timeout: Of a call.
        headers: Sent with every call.
        middlewares: Around every call.
    """

    def __init__(
        self,
        name: str,
        timeout: aiohttp.ClientTimeout,
        headers: Mapping[str, str] | None = None,
        middlewares: Sequence[aiohttp.ClientMiddlewareType] = (),
    ) -> None:
        self._name = name
        self._timeout = timeout
        self._headers = dict(headers or {})
        self._middlewares = tuple(middlewares)
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str,
        url: str,
        query: Mapping[str, str],
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> RawAnswer:
        """Send a request, and read the answer to its end; no redirection is followed.

        Args:
            method: Of HTTP.
            url: Whole.
            query: Its parameters.
            body: For JSON; None = none.
            headers: Of this call alone.

        Raises:
            TimeoutError: It took too long.
            OSError: It can't be reached.
            aiohttp.ClientError: Something else is wrong with the connection.
            WireError: The answer is longer than `MAX_ANSWER`.
        """
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers=self._headers, timeout=self._timeout, middlewares=self._middlewares
            )
        async with self._session.request(
            method, url, params=query, json=body, headers=headers, allow_redirects=False
        ) as answer:
            data = bytearray()
            async for chunk in answer.content.iter_chunked(65_536):
                data += chunk
                if len(data) > MAX_ANSWER:
                    raise WireError(f"{self._name} answered more than {MAX_ANSWER} bytes.")
            return RawAnswer(answer.status, answer.headers, bytes(data))

    async def close(self) -> None:
        """Close them."""
        if self._session is not None:
            await self._session.close()
            self._session = None


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
        timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._connections = Connections(name, timeout, headers)

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
        await self._connections.close()

    async def _call(self, method: str, path: str, query: Mapping[str, str], body: object) -> Fields:
        try:
            answer = await self._connections.request(method, self._url + path, query, body)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise RetryLater(f"{self._name} can't be reached ({type(error).__name__}).") from error
        self._check(answer)
        try:
            plain = json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise WireError(f"{self._name} answered something that is no JSON.") from error
        return Fields(plain, WireError, f"{self._name}'s answer")

    def _check(self, answer: RawAnswer) -> None:
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


def retry_after_s(text: str) -> float | None:
    """Read the seconds of a Retry-After header, at most an hour.

    Its other form, a date, is left to our own back-off.

    Source: RFC 9110, section 10.2.3.
    """
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return None
    return min(float(text), _LONGEST_WAIT_S)
