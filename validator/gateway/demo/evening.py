"""The demo put together: a gateway with its box office, a lane, a cable between them."""

from __future__ import annotations

import asyncio
import contextlib
import io
import itertools
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import segno

from validator.boxoffice import BoxOffice, SampleEvening, sell_sample_evening
from validator.errors import FixConfig, RetryLater
from validator.feed.names import SCOPED, stream_of
from validator.formats import base45
from validator.gateway.api.counter import PATH
from validator.gateway.config import Config
from validator.gateway.daemon import Daemon
from validator.gateway.demo.cable import Cable
from validator.gateway.demo.lane import LaneProcess
from validator.gateway.demo.story import MAIN, Stage, Tally, gates, play, until
from validator.gateway.gateway import BOXOFFICE_PATH
from validator.machine_clock import machine_clock
from validator.roles import Role
from validator.token import END, PREFIX

MARK = ".entrance-demo"
"""File that marks a data folder as the demo's own, which the next demo may replace."""

LANE, CASHIER = "Lane 1", "Counter 1"
PAUSE_S = 1.5
"""Between two guests, once the story is told."""


async def run(
    config: Config, tally: Tally, once: bool, as_json: bool, tell: Callable[[str], None]
) -> None:
    """Play the demo.

    Args:
        config: Data folder and listeners; its gates are replaced by the evening's.
        tally: Gets what came out of the story.
        once: End after the story, else go on scanning until SIGTERM or SIGINT.
        as_json: Pass the lane's lines on as JSON.
        tell: Prints a line.

    Raises:
        ValidatorError: A part could not start, or does not answer.
    """
    clean(config.data)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with _stage(config, as_json, tell) as stage:
        telling = asyncio.create_task(_tell_all(stage, tally, once))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait((telling, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not telling.done():
            telling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await telling


def clean(folder: Path) -> None:
    """Make room for a new evening.

    Raises:
        FixConfig: The folder holds something else than an earlier demo.
    """
    try:
        if folder.exists() and any(folder.iterdir()):
            if not (folder / MARK).exists():
                raise FixConfig(
                    f"{folder} holds other data than a demo's. Give the demo a folder of its own: "
                    "--data DIR."
                )
            shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARK).write_text("The next demo replaces this folder.\n")
    except OSError as error:
        raise FixConfig(f"The demo can't use {folder}: {error.strerror}.") from error


@asynccontextmanager
async def _stage(
    config: Config, as_json: bool, tell: Callable[[str], None]
) -> AsyncIterator[Stage]:
    async with contextlib.AsyncExitStack() as stack:
        evening = await asyncio.to_thread(_sold, config.data)
        daemon = Daemon(replace(config, gates=gates(evening)))
        await daemon.start()
        stack.push_async_callback(daemon.stop)
        gateway = daemon.gateway
        tell(f"Box office, gateway and dashboard: http://{daemon.plain}/")
        cable = Cable("127.0.0.1", daemon.tls.port)
        port = await cable.start()
        stack.push_async_callback(cable.stop)
        base = f"http://{daemon.plain}"
        session = await stack.enter_async_context(aiohttp.ClientSession())
        ask = _asker(session, base + "/api/v1/", gateway.secrets.admin_token)
        office = _asker(session, f"{base}{BOXOFFICE_PATH}/api/v1/", gateway.secrets.boxoffice_key)

        async def heard() -> bool:
            return not await asyncio.to_thread(gateway.services.never_heard)

        await until(heard, "the gateway to hear of the evening")
        cashier = await ask("POST", "users", {"name": CASHIER, "role": Role.CASHIER.value})
        tell(f"Counter: {base}{PATH}/ (name {CASHIER}, password {cashier['token']})")
        lane = LaneProcess(config.data / "lane", lambda event: _pass_on(event, as_json, tell))
        invited = await ask("POST", "devices/codes", {"gate": MAIN})
        await lane.enrol(invited["code"], f"127.0.0.1:{port}", LANE)
        (device,) = (await ask("GET", "devices"))["devices"]
        tell(f"The lane enrolled over TLS with a one-time code, as {device['id']}.")
        await lane.start()
        stack.push_async_callback(lane.stop)
        await lane.event(0, event=("up",))
        for kind in SCOPED:
            stream = stream_of(kind, evening.tonight)
            await lane.event(0, event=("applied",), stream=(stream,))

        async def assign(gate: str) -> None:
            await ask("PUT", f"devices/{device['id']}/gate", {"gate": gate})

        async def cancel(number: str) -> None:
            body = {"refund": "card", "reason": "The guest can't come"}
            await office("POST", f"tickets/{number}/cancel", body)

        async def counts() -> dict[str, Any]:
            figures: dict[str, Any] = await ask("GET", "counts")
            return figures

        async def arrived() -> int:
            return await asyncio.to_thread(gateway.office.check_ins.count)

        yield Stage(
            evening=evening,
            lane=lane,
            cable=cable,
            tell=tell,
            picture=gateway.office.tickets.picture,
            forged=lambda number: forged(gateway.office.tickets.get(number).code.text),
            assign=assign,
            cancel=cancel,
            counts=counts,
            arrived=arrived,
        )


def _sold(folder: Path) -> SampleEvening:
    """Sell the evening before the gateway starts, which then hears of all of it at once."""
    clock = machine_clock()
    with contextlib.closing(BoxOffice.open(folder, clock, os.urandom)) as office:
        return sell_sample_evening(office, clock.now())


async def _tell_all(stage: Stage, tally: Tally, once: bool) -> None:
    await play(stage, tally)
    if once:
        return
    stage.tell("The evening goes on; the dashboard counts along. Ctrl-C ends it.")
    for number in itertools.chain(_crowd(stage.evening), itertools.cycle(stage.evening.crowd)):
        await stage.lane.show(stage.picture(number))
        await asyncio.sleep(PAUSE_S)


def _crowd(evening: SampleEvening) -> tuple[str, ...]:
    return (*evening.full[2:], evening.student[1], evening.offline[3], *evening.crowd)


def forged(text: str) -> bytes:
    """Return the picture of a ticket whose signature was tampered with.

    Args:
        text: A genuine token.
    """
    body = bytearray(base45.decode(text.removeprefix(PREFIX).removesuffix(END)))
    body[-1] ^= 1
    tampered = PREFIX + base45.encode(bytes(body)) + END
    png = io.BytesIO()
    segno.make(tampered, error="m", micro=False).save(png, kind="png", scale=8, border=4)
    return png.getvalue()


def _asker(session: aiohttp.ClientSession, base: str, token: str) -> Callable[..., Any]:
    async def ask(method: str, path: str, body: object = None) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        async with session.request(method, base + path, json=body, headers=headers) as answer:
            if answer.status >= 400:
                raise RetryLater(f"{path}: {await answer.text()}")
            return await answer.json()

    return ask


def _pass_on(event: dict[str, Any], as_json: bool, tell: Callable[[str], None]) -> None:
    if as_json:
        tell(json.dumps(event))
    elif event.get("line"):
        tell(event["line"])


def demo_config(config: Config, data: Path | None) -> Config:
    """Return the configuration with the demo's own data folder.

    Args:
        config: As read.
        data: As asked for; None = a folder beside the gateway's usual one.
    """
    folder = data.absolute() if data else config.data.with_name(config.data.name + "-demo")
    return replace(config, data=folder, gates=(), name="Sample evening")
