"""Imports over HTTP, as the command and the counter's page do them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from doubles.boxoffice.box import FULL, TONIGHT, open_box
from doubles.boxoffice.handed_in import ean
from doubles.clock.hand_clock import HandClock
from validator.boxoffice import create_app

Said = dict[str, Any]


class Caller:
    """Calls the API with its key."""

    def __init__(self, client: TestClient[Any, Any]) -> None:
        self._client = client

    async def post(self, path: str, body: object = None, data: bytes | None = None) -> Said:
        headers = {"Authorization": "Bearer right"}
        url = f"/api/v1/{path}"
        answer = await self._client.post(url, json=body, data=data, headers=headers)
        said: Said = await answer.json()
        return said | {"status": answer.status}

    async def get(self, path: str) -> Said:
        headers = {"Authorization": "Bearer right"}
        answer = await self._client.get(f"/api/v1/{path}", headers=headers)
        said: Said = await answer.json()
        return said | {"status": answer.status}

    async def ended(self, id: str) -> Said:
        while (said := await self.get(f"imports/{id}"))["working"]:  # noqa: ASYNC110 - as pages do
            await asyncio.sleep(0.01)
        return said


@pytest.fixture
async def caller(tmp_path: Path) -> AsyncIterator[Caller]:
    office = open_box(tmp_path, HandClock())
    async with TestClient(TestServer(create_app(office, "right"))) as client:
        yield Caller(client)
    office.close()


MAPPING: Said = {
    "distributor": "FNAC",
    "performance": TONIGHT,
    "tariff": FULL,
    "first": 1,
    "columns": {"barcode": 1},
}
FILE = f"Name;Barcode\nAda;{ean(1)}\nBen;{ean(2)}\nCleo;1.2E+12\n".encode()


async def test_a_file_is_looked_at_checked_and_listed(caller: Caller) -> None:
    looked = await caller.post("imports", data=FILE)
    assert looked["status"] == 201
    assert (looked["encoding"], looked["separator"], looked["rows"]) == ("utf-8", "semicolon", 4)
    assert (looked["first"], looked["columns"]["barcode"]) == (1, 1)
    assert looked["head"][1] == {"row": 2, "cells": ["Ada", ean(1)], "problem": None}
    id = looked["id"]
    assert (await caller.post(f"imports/{id}/check", MAPPING))["status"] == 202
    checked = await caller.ended(id)
    assert (checked["listed"], checked["error"]) == (False, None)
    assert checked["figures"]["listed"] == 2
    assert checked["figures"]["troubles"] == {"number": 1}
    (problem,) = (await caller.get(f"imports/{id}/problems"))["problems"]
    assert (problem["row"], problem["problem"]) == (4, "number")
    assert problem["text"].startswith("Row 4 holds a number that a spreadsheet rounded")
    await caller.post(f"imports/{id}/run", MAPPING)
    done = await caller.ended(id)
    assert (done["listed"], done["figures"], done["share"]) == (True, checked["figures"], 1.0)
    assert await caller.post(f"imports/{id}/forget", {}) == {"status": 200, "listed": True}
    assert (await caller.get(f"imports/{id}"))["status"] == 404
    assert (await caller.get("distributors"))["distributors"] == ["FNAC"]
    (listed,) = (await caller.get("imports"))["imports"]
    assert (listed["distributor"], listed["listed"], listed["troubled"]) == ("FNAC", 2, 1)


async def test_a_preview_can_be_read_in_another_way(caller: Caller) -> None:
    looked = await caller.post("imports", data="N\xe9o,A12345;x\n".encode("latin-1"))
    assert looked["head"][0]["cells"] == ["Néo,A12345", "x"]
    dialect = {"separator": "comma", "encoding": "latin-1"}
    again = await caller.post(f"imports/{looked['id']}/look", dialect)
    assert again["head"][0]["cells"] == ["Néo", "A12345;x"]
    assert (await caller.post(f"imports/{looked['id']}/look", {"separator": "dot"}))[
        "status"
    ] == 400


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04workbook", bytes(2000), bytes(range(256)) * 9])
async def test_a_file_that_is_no_table_is_refused_with_what_to_do(
    caller: Caller, tmp_path: Path, data: bytes
) -> None:
    said = await caller.post("imports", data=data)
    assert said["status"] == 400
    assert said["error"]
    assert list((tmp_path / "imports").iterdir()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"distributor": ""},
        {"distributor": "x" * 101},
        {"columns": {}},
        {"columns": None},
        {"columns": {"barcode": 200}},
        {"columns": {"barcode": -1}},
        {"first": -1},
        {"last": 1001},
        {"encoding": "utf-7"},
        {"separator": ";"},
        {"digits": 0},
        {"withdrawn": [1]},
        {"cancel_missing": "yes"},
        {"performance": 99},
        {"tariff": 99},
        {"zone": 31},
    ],
)
async def test_a_wrong_plan_is_refused(caller: Caller, change: Said) -> None:
    id = (await caller.post("imports", data=FILE))["id"]
    said = await caller.post(f"imports/{id}/run", MAPPING | change)
    assert said["status"] == 400
    assert (await caller.get("distributors"))["distributors"] == []


async def test_too_many_cancellations_are_a_refusal_that_programs_know(caller: Caller) -> None:
    many = "x;y\n" + "".join(f";{ean(place)}\n" for place in range(30))
    id = (await caller.post("imports", data=many.encode()))["id"]
    await caller.post(f"imports/{id}/run", MAPPING)
    assert (await caller.ended(id))["listed"]
    id = (await caller.post("imports", data=FILE[:-14]))["id"]
    wanted = MAPPING | {"cancel_missing": True}
    await caller.post(f"imports/{id}/run", wanted)
    error = (await caller.ended(id))["error"]
    assert (error["code"], error["facts"]["count"]) == ("many_cancelled", 28)
    await caller.post(f"imports/{id}/run", wanted | {"at_most": 28})
    assert (await caller.ended(id))["figures"]["cancelled"] == 28


async def test_strangers_hand_in_nothing(caller: Caller, tmp_path: Path) -> None:
    answer = await caller._client.post("/api/v1/imports", data=FILE)
    assert answer.status == 401
    assert not (tmp_path / "imports").exists()


async def test_others_read_while_a_file_is_written(caller: Caller) -> None:
    many = "".join(f"{ean(place)}\n" for place in range(8_000))
    id = (await caller.post("imports", data=many.encode()))["id"]
    mapping = MAPPING | {"first": 0, "columns": {"barcode": 0}}
    await caller.post(f"imports/{id}/run", mapping)
    seen = 0
    while (await caller.get(f"imports/{id}"))["working"]:
        assert (await caller.get("orders"))["status"] == 200
        seen += 1
    assert seen
    assert (await caller.ended(id))["figures"]["listed"] == 8_000
