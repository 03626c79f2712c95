"""Calls of the SHOP API: two keys, two ways of signing in, one rate limit."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

import aiohttp

from validator.clock import Clock
from validator.errors import NotAllowed, RetryLater, WireError
from validator.upstreams.client import Connections, retry_after_s
from validator.upstreams.infomaniak.assumed_api import (
    CURRENCIES,
    LANGUAGES,
    LISTS,
    LOGIN,
    WINDOW_S,
    credential_in,
)
from validator.upstreams.infomaniak.rate_limit import ApiRateLimit, Share
from validator.upstreams.infomaniak.settings import Settings

_TIMEOUT_S = 30.0
_LOGIN_EVERY_S = 600.0
"""The account may be locked if it signs in too often."""


class NotSent(RetryLater):
    """The request changed nothing: it did not arrive, or was turned away unread."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Args:
        status: 200 to 299, or 400 to 499 but for those that are errors for every request.
        body: JSON; empty text = nothing, None = something that can't be read.
    """

    status: int
    body: object

    @property
    def ok(self) -> bool:
        """Whether the request was granted."""
        return self.status < 300


class Client:
    """Speaks to one shop; made anywhere, used in one event loop.

    Args:
        settings: The shop.
        rate_limit: Requests that may be sent.
        clock: Its boot clock.
        touch: Told, durably, that a request is being sent.
        timeout_s: Seconds that a request may take.
    """

    def __init__(
        self,
        settings: Settings,
        rate_limit: ApiRateLimit,
        clock: Clock,
        touch: Callable[[], Awaitable[None]],
        timeout_s: float = _TIMEOUT_S,
    ) -> None:
        self._settings = settings
        self._rate_limit = rate_limit
        self._clock = clock
        self._touch = touch
        always = {
            "Accept": "application/json",
            "Accept-Language": LANGUAGES[settings.language],
            "currency": CURRENCIES[settings.currency],
        }
        timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=timeout_s / 2)
        self._connections = Connections("Infomaniak", timeout, always, (_once,))
        self._credential = ""
        self._signed_in_s: float | None = None

    async def shop(self, path: str, query: Mapping[str, str] | None = None) -> Answer:
        """Ask with the shop's key; see `counter`."""
        headers = {"key": self._settings.shop_key}
        return await self._call("GET", path, query or {}, headers, self._rate_limit.polling)

    async def counter(self, path: str, query: Mapping[str, str] | None = None) -> Answer:
        """Ask with the counter's key.

        Raises:
            RetryLater: The service can't be reached, is broken, or asks to wait.
            NotAllowed: It does not accept our keys.
            WireError: Its answer is larger than any that is read.
        """
        return await self._signed("GET", path, query or {}, self._rate_limit.polling)

    async def find(self, path: str) -> Answer:
        """Ask for one row in the check-ins' share; see `counter`."""
        return await self._signed("GET", path, {}, self._rate_limit.check_ins)

    async def scan(self, code: str, what: str) -> Answer:
        """Tell of an entry or exit.

        Raises:
            NotSent: It did not arrive.
            RetryLater: It may have arrived, or not.
            NotAllowed: The service does not accept our keys.
        """
        path = f"ticket/{quote(code, safe='')}/{what}"
        try:
            return await self._signed("PUT", path, {}, self._rate_limit.check_ins)
        except NotAllowed as error:
            # The key, or only this ticket? The outbox must not wait for one ticket.
            probe = await self._signed(
                "GET", LISTS["ticket"], {"limit": "1"}, self._rate_limit.polling
            )
            if probe.ok:
                return Answer(403, None)
            raise error

    async def close(self) -> None:
        """Close the connections."""
        await self._connections.close()

    async def _signed(
        self, method: str, path: str, query: Mapping[str, str], share: Share
    ) -> Answer:
        settings = self._settings
        if settings.authorization:
            headers = {"key": settings.counter_key, "Authorization": settings.authorization}
            return await self._call(method, path, query, headers, share)
        if not self._credential:
            await self._sign_in(share)
        headers = {"key": settings.counter_key, "credential": self._credential}
        try:
            return await self._call(method, path, query, headers, share)
        except NotAllowed:
            if self._signed_in_s is None or self._clock.boot_s() - self._signed_in_s < (
                _LOGIN_EVERY_S
            ):
                raise
        await self._sign_in(share)
        headers["credential"] = self._credential
        return await self._call(method, path, query, headers, share)

    async def _sign_in(self, share: Share) -> None:
        now_s, last_s = self._clock.boot_s(), self._signed_in_s
        if last_s is not None and now_s - last_s < _LOGIN_EVERY_S:
            raise NotAllowed("Infomaniak did not accept user and password. Correct them.")
        self._signed_in_s = now_s
        settings = self._settings
        headers = {
            "key": settings.counter_key,
            "user": settings.user,
            "password": settings.password,
        }
        answer = await self._call("GET", LOGIN, {}, headers, share)
        if not answer.ok:
            raise NotAllowed(f"Infomaniak refuses the login (status {answer.status}).")
        self._credential = credential_in(answer.body)

    async def _call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        share: Share,
    ) -> Answer:
        url = f"{self._settings.url}/{path}"
        async with share:
            await self._touch()
            try:
                answer = await self._connections.request(method, url, query, headers=headers)
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
                raise NotSent("Infomaniak can't be reached. Is this network online?") from error
            except (TimeoutError, aiohttp.ClientError, OSError) as error:
                raise RetryLater(f"Infomaniak did not answer ({type(error).__name__}).") from error
        status, retry = answer.status, answer.headers.get("Retry-After", "")
        if status == 429:
            wait_s = retry_after_s(retry) or WINDOW_S
            self._rate_limit.pause(wait_s)
            raise NotSent("Infomaniak asks to slow down (status 429).", wait_s)
        _check(status, retry)
        return Answer(status, _json(answer.body))


async def _once(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a request again by itself when its connection was lost."""
    try:
        return await send(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise aiohttp.ClientPayloadError("connection lost") from error


def _check(status: int, retry: str) -> None:
    if status in (401, 403):
        raise NotAllowed(f"Infomaniak does not accept our key (status {status}). Correct it.")
    if status in (408, 425) or status >= 500:
        raise RetryLater(
            f"Infomaniak asks to come back later (status {status}).", retry_after_s(retry)
        )
    if 300 <= status < 400:
        raise WireError(f"Infomaniak sends us elsewhere (status {status}). Check the url.")


def _json(data: bytes) -> object:
    if not data.strip():
        return ""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None
