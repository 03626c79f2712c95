"""Upload of a queue of check-ins from a device to its gateway, over the link."""

from __future__ import annotations

import asyncio
import os
import ssl
import tempfile
import time
from pathlib import Path

from bench.child import child
from bench.evening import GATE, SCOPE
from bench.lane import CLOCK
from bench.load import framed, wire
from bench.rows import Progress, Row
from validator.enrolment import TLS_NAME
from validator.model import (
    Assurance,
    CheckIn,
    Decision,
    DeviceId,
    Direction,
    Kind,
    Reason,
    Serial,
    uuid7,
)
from validator.wire.codec import pack
from validator.wire.journal import GENESIS, row_hash
from validator.wire.messages import (
    VERSION,
    Acknowledged,
    Hello,
    JournalRow,
    Upload,
    Welcome,
    decode,
    encode,
)

BATCH = 250
"""Rows in one message, as `offline_cache.sync.session` sends them."""


def journal(device: DeviceId, serials: list[int]) -> list[JournalRow]:
    """Return a device's journal: it let in these tickets, alone."""
    rows: list[JournalRow] = []
    for serial in serials:
        key = Serial(SCOPE, serial)
        check_in = CheckIn(
            uuid7(CLOCK.now(), os.urandom(10)),
            Kind.SHOWN,
            device,
            GATE,
            SCOPE,
            Direction.ENTRY,
            Decision.ADMIT,
            Reason.OK,
            Assurance.PROVISIONAL,
            1,
            CLOCK.now(),
            0,
            serial=key,
            ticket=key.ticket(),
        )
        previous, body = rows[-1].hash if rows else GENESIS, pack(check_in)
        rows.append(JournalRow(len(rows) + 1, previous, row_hash(previous, body), body))
    return rows


async def measure(count: int, progress: Progress) -> list[Row]:
    """Upload two journals: the second device let the same tickets in, each is a conflict."""
    serials = list(range(1, count + 1))
    rows = []
    with (
        tempfile.TemporaryDirectory() as folder,
        child("bench.serving", Path(folder), "--tickets", count, "--lanes", 2) as there,
    ):
        trust = ssl.create_default_context(cadata=there["pem"])
        for place, what in enumerate(("check-ins", "check-ins, each a conflict")):
            progress(f"upload of {count:,} {what}")
            device, token = there["lanes"][place]
            own = journal(DeviceId(device), serials)
            took = await _upload(there["tls"], token, DeviceId(device), own, trust)
            rows.append(Row(f"upload of {count:,} {what}", took, "s", budget=5))
    return rows


async def _upload(
    host: str, token: str, device: DeviceId, rows: list[JournalRow], trust: ssl.SSLContext
) -> float:
    answers: asyncio.Queue[Acknowledged | Welcome] = asyncio.Queue()

    def heard(data: bytes) -> None:
        message = decode(data)
        if isinstance(message, Acknowledged | Welcome):
            answers.put_nowait(message)

    line = await wire(host, "/api/v1/link", token, heard, trust, TLS_NAME)
    line.send(framed(encode(Hello(VERSION, device, (), len(rows), CLOCK.now()))))
    await answers.get()
    began = time.perf_counter()
    for start in range(0, len(rows), BATCH):
        line.send(framed(encode(Upload(tuple(rows[start : start + BATCH])))))
        answer = await answers.get()
        assert isinstance(answer, Acknowledged)
        assert all(outcome.accepted for outcome in answer.outcomes), answer.outcomes[:1]
    took = time.perf_counter() - began
    line.hang_up()
    return took


def run(small: bool, progress: Progress) -> list[Row]:
    """Measure."""
    return asyncio.run(measure(20 if small else 5_000, progress))
