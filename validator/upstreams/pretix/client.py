"""JSON over HTTP to a pretix: bounded, patient, and never an exception of aiohttp's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

import aiohttp

from validator.clock import Instant, parse_iso
from validator.errors import FixRequest, NotAllowed, RetryLater, WireError
from validator.upstreams.client import Connections, retry_after_s
from validator.wire.fields import Fields

PAGE = 50
"""Rows of a page; pretix gives no more."""

_TIMEOUT_S = 30.0
_IN_FLIGHT = 409


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Args:
        status: 200 to 299, 400 or 404.
        body: JSON; None = nothing that could be read.
        generated: When pretix began to answer, by its clock; None = it doesn't say.
    """

    status: int
    body: object
    generated: Instant | None = None

    @property
    def ok(self) -> bool:
        """Whether the request was granted."""
        return self.status < 300

    def fields(self) -> Fields:
        """Return the answer's object.

        Raises:
            WireError: It is none, or the request was refused.
        """
        if not self.ok:
            raise WireError(f"pretix refuses the request (status {self.status}).")
        return Fields(self.body, WireError, "pretix's answer")


class Client:
    """Speaks to one pretix; made anywhere, used in one event loop.

    Args:
        url: Of the installation.
        timeout_s: Seconds that a request may take.
    """

    def __init__(self, url: str, timeout_s: float = _TIMEOUT_S) -> None:
        self._url = f"{url.rstrip('/')}/api/v1/"
        self._connections = Connections("pretix", aiohttp.ClientTimeout(total=timeout_s))

    async def get(self, token: str, path: str, query: Mapping[str, str]) -> Answer:
        """Ask; see `post`."""
        return await self._call("GET", token, path, query, None)

    async def post(self, token: str, path: str, body: object) -> Answer:
        """Send a JSON body.

        Args:
            token: Of the device; empty = none yet.
            path: Below `/api/v1/`.
            body: What to send.

        Raises:
            RetryLater: pretix can't be reached, is broken, or asks to wait.
            NotAllowed: It does not accept our key.
            WireError: Its answer is larger than any that is read.
        """
        return await self._call("POST", token, path, {}, body)

    async def close(self) -> None:
        """Close the connections."""
        await self._connections.close()

    async def _call(
        self, method: str, token: str, path: str, query: Mapping[str, str], body: object
    ) -> Answer:
        headers = {"Authorization": f"Device {token}"} if token else None
        try:
            answer = await self._connections.request(method, self._url + path, query, body, headers)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise RetryLater(f"pretix can't be reached ({type(error).__name__}).") from error
        _check(answer.status, answer.headers.get("Retry-After", ""))
        generated = _instant(answer.headers.get("X-Page-Generated"))
        return Answer(answer.status, _json(answer.body), generated)


def path_of(*parts: str | int) -> str:
    """Return a path below `/api/v1/` from its parts, each of them quoted."""
    return "".join(f"{quote(str(part), safe='')}/" for part in parts)


def _check(status: int, retry: str) -> None:
    if status in (401, 403):
        raise NotAllowed(
            f"pretix does not accept our device (status {status}). Is it revoked, or may it not "
            "see these events? Connect it anew, or give it the events in pretix."
        )
    if status in (408, _IN_FLIGHT, 425, 429) or status >= 500:
        raise RetryLater(f"pretix asks to come back later (status {status}).", retry_after_s(retry))
    if status >= 300 and status not in (400, 404):
        raise WireError(f"pretix refuses the request (status {status}). Check the url.")


def _json(data: bytes) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _instant(text: str | None) -> Instant | None:
    try:
        return parse_iso(text) if text else None
    except FixRequest:
        return None
