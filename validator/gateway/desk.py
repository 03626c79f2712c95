"""How a command on this machine asks the gateway to do something, whether it runs or not."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any
from urllib.parse import quote

import aiohttp

from validator.errors import FixRequest, NotAllowed, RetryLater, ValidatorError
from validator.gateway.config import Address, Config
from validator.gateway.daemon import machine_clock
from validator.gateway.datafolder import InUse, open_secrets
from validator.gateway.gateway import BOXOFFICE_PATH, Gateway, bind

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
    secrets = open_secrets(config.data, os.urandom)
    token = secrets.boxoffice_key if below else secrets.admin_token
    tail = f"{below}/api/v1/{'/'.join(quote(part, safe='') for part in path)}"
    with_port = bind(Address("127.0.0.1", 0), "plain")
    try:
        gateway = Gateway(config, machine_clock(), os.urandom, with_port)
    except InUse as running:
        with_port.close()
        if not running.plain:
            raise RetryLater("The gateway is just starting or stopping. Try again.") from running
        return await _call(method, running.plain + tail, token, body)
    # Nobody serves: the same routes are opened for this one question.
    await gateway.start()
    try:
        return await _call(method, f"http://{gateway.plain}{tail}", token, body)
    finally:
        await gateway.stop()


async def _call(method: str, url: str, token: str, body: object) -> Any:
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
    headers = {"Authorization": f"Bearer {token}"}
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, headers=headers) as session,
            session.request(method, url, json=body) as answer,
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
