"""How a command on this machine asks the gateway to do something, whether it runs or not."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from urllib.parse import quote, urlencode

import aiohttp

from validator.errors import FixRequest, NotAllowed, RetryLater, ValidatorError
from validator.gateway.config import Config
from validator.gateway.gateway import BOXOFFICE_PATH, Gateway
from validator.gateway.host.data_folder import InUse, open_secrets
from validator.gateway.host.listeners import Address, bind
from validator.machine_clock import machine_clock

_TIMEOUT_S = 30.0


def ask(config: Config, method: str, *path: str, body: object = None) -> Any:
    """Call the gateway's API as a supervisor.

    Args:
        config: Names the data folder.
        method: `GET`, `POST` …
        path: Parts of the path below `/api/v1`; they are quoted.
        body: For JSON.

    Returns:
        The answer's JSON.

    Raises:
        ValidatorError: What the gateway said, or that it does not answer.
    """
    return asyncio.run(_ask(config, method, "", path, body))


def ask_boxoffice(config: Config, method: str, *path: str, body: object = None) -> Any:
    """Call the embedded box office's API; as `ask`."""
    return asyncio.run(_ask(config, method, BOXOFFICE_PATH, path, body))


async def _ask(config: Config, method: str, below: str, path: tuple[str, ...], body: object) -> Any:
    async with _reached(config, below) as (url, token):
        return await _call(method, url + _quoted(path), token, body)


@dataclass(frozen=True, slots=True)
class BoxOfficeClient:
    """The embedded box office, while a longer talk with it goes on."""

    _url: str
    _token: str = field(repr=False)

    async def ask(
        self,
        method: str,
        *path: str,
        body: object = None,
        query: Mapping[str, str] | None = None,
    ) -> Any:
        """Call its API; as `ask_boxoffice`."""
        tail = _quoted(path) + (f"?{urlencode(query)}" if query else "")
        return await _call(method, self._url + tail, self._token, body)

    async def send(self, file: BinaryIO, *path: str) -> Any:
        """Hand a file in, however large it is; as `ask_boxoffice`."""
        return await _call("POST", self._url + _quoted(path), self._token, None, file)


@asynccontextmanager
async def boxoffice_client(config: Config) -> AsyncIterator[BoxOfficeClient]:
    """Reach the embedded box office, whether its gateway runs or not.

    Raises:
        ValidatorError: The gateway is just starting or stopping.
    """
    async with _reached(config, BOXOFFICE_PATH) as (url, token):
        yield BoxOfficeClient(url, token)


def _quoted(path: tuple[str, ...]) -> str:
    return "/".join(quote(part, safe="") for part in path)


@asynccontextmanager
async def _reached(config: Config, below: str) -> AsyncIterator[tuple[str, str]]:
    secrets = open_secrets(config.data, os.urandom)
    token = secrets.boxoffice_key if below else secrets.admin_token
    tail = f"{below}/api/v1/"
    try:
        gateway = Gateway(
            config, machine_clock(), os.urandom, bind(Address("127.0.0.1", 0), "plain")
        )
    except InUse as running:
        if not running.plain:
            raise RetryLater("The gateway is just starting or stopping. Try again.") from running
        yield running.plain + tail, token
        return
    # Nobody serves: the same routes are opened for this one talk.
    try:
        await gateway.start()
        yield f"http://{gateway.plain}{tail}", token
    finally:
        await gateway.stop()


async def _call(
    method: str, url: str, token: str, body: object, file: BinaryIO | None = None
) -> Any:
    # A file takes as long as it takes.
    timeout = aiohttp.ClientTimeout(
        total=None if file else _TIMEOUT_S, sock_read=None if file else _TIMEOUT_S
    )
    headers = {"Authorization": f"Bearer {token}"}
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, headers=headers) as session,
            session.request(method, url, json=body, data=file) as answer,
        ):
            said = json.loads(await answer.read() or b"null")
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise RetryLater("The gateway does not answer. See its log, and try again.") from error
    if answer.status >= 400:
        raise _error(answer.status, said)
    return said


def _error(status: int, said: Any) -> ValidatorError:
    sentence = said.get("error") if isinstance(said, dict) else None
    if not isinstance(sentence, str):
        return RetryLater(f"The gateway answered with status {status}. See its log.")
    if status in (401, 403):
        return NotAllowed(sentence)
    return RetryLater(sentence) if status >= 500 else FixRequest(sentence)
