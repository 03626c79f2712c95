"""Imports in the box office's HTTP API."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path

from aiohttp import web

from validator.boxoffice.api.bodies import body_of
from validator.boxoffice.imports.comparison import Figures
from validator.boxoffice.imports.csv_rows import Row
from validator.boxoffice.imports.dialect import SEPARATOR_NAMES
from validator.boxoffice.imports.importer import MOST_BYTES, FinishedImport, Importer
from validator.boxoffice.imports.mapping import ColumnMapping, RowSelection
from validator.boxoffice.imports.preview import Preview, preview_cells
from validator.boxoffice.imports.problems import BadRow, Problem, sentence
from validator.boxoffice.imports.upload import Status
from validator.boxoffice.model import Refused
from validator.clock import iso
from validator.errors import FixRequest, RetryLater

_CHUNK = 1 << 20
_MOST_PROBLEMS = 1000
_MOST_IMPORTS = 100
_ONE = "/api/v1/imports/{id:[0-9a-f]{16}}"


def import_routes(importer: Importer) -> list[web.RouteDef]:
    """Return the routes of imports."""
    routes = _Routes(importer)
    return [
        web.get("/api/v1/distributors", routes.distributors),
        web.get("/api/v1/imports", routes.latest),
        web.post("/api/v1/imports", routes.upload),
        web.get(_ONE, routes.status),
        web.post(f"{_ONE}/look", routes.preview),
        web.post(f"{_ONE}/check", routes.check),
        web.post(f"{_ONE}/run", routes.run),
        web.post(f"{_ONE}/forget", routes.discard),
        web.get(f"{_ONE}/problems", routes.problems),
    ]


class _Routes:
    def __init__(self, importer: Importer) -> None:
        self._importer = importer

    async def distributors(self, _: web.Request) -> web.Response:
        names = await asyncio.to_thread(self._importer.distributors)
        return web.json_response({"distributors": list(names)})

    async def latest(self, _: web.Request) -> web.Response:
        done = await asyncio.to_thread(self._importer.latest, _MOST_IMPORTS)
        return web.json_response({"imports": [_imported_json(each) for each in done]})

    async def upload(self, request: web.Request) -> web.Response:
        importer = self._importer
        upload = await asyncio.to_thread(importer.open_upload)
        try:
            await _receive(request, upload.path)
            preview = await asyncio.to_thread(importer.preview, upload.id)
        except BaseException:
            await asyncio.shield(asyncio.to_thread(importer.discard, upload.id))
            raise
        return web.json_response({"id": upload.id} | _preview_json(preview), status=201)

    async def preview(self, request: web.Request) -> web.Response:
        id = request.match_info["id"]
        rows = RowSelection.read(await body_of(request), self._importer.dialect(id))
        preview = await asyncio.to_thread(self._importer.preview, id, rows.dialect)
        return web.json_response({"id": id} | _preview_json(preview))

    async def check(self, request: web.Request) -> web.Response:
        id = request.match_info["id"]
        mapping = ColumnMapping.read(await body_of(request), self._importer.dialect(id))
        await asyncio.to_thread(self._importer.check, id, mapping)
        return await self._answer(id, 202)

    async def run(self, request: web.Request) -> web.Response:
        id, body = request.match_info["id"], await body_of(request)
        mapping = ColumnMapping.read(body, self._importer.dialect(id))
        at_most = body.maybe_integer("at_most", 0, 10_000_000)
        await asyncio.to_thread(self._importer.run, id, mapping, at_most)
        return await self._answer(id, 202)

    async def status(self, request: web.Request) -> web.Response:
        return await self._answer(request.match_info["id"], 200)

    async def discard(self, request: web.Request) -> web.Response:
        listed = await asyncio.to_thread(self._importer.discard, request.match_info["id"])
        return web.json_response({"listed": listed})

    async def problems(self, request: web.Request) -> web.Response:
        after = request.query.get("after", "0")
        if not (after.isascii() and after.isdigit() and len(after) < 10):
            raise FixRequest("'after' must be the number of a row.")
        rows = await asyncio.to_thread(
            self._importer.problems, request.match_info["id"], int(after), _MOST_PROBLEMS
        )
        return web.json_response({"problems": [_problem_json(*row) for row in rows]})

    async def _answer(self, id: str, status: int) -> web.Response:
        return web.json_response(
            {"id": id} | _status_json(self._importer.status(id)), status=status
        )


async def _receive(request: web.Request, path: Path) -> None:
    size = 0
    try:
        with path.open("wb") as file:
            async for chunk in request.content.iter_chunked(_CHUNK):
                size += len(chunk)
                if size > MOST_BYTES:
                    raise Refused(
                        "large_file", f"The file is larger than {MOST_BYTES >> 30} GB. Split it."
                    )
                await asyncio.to_thread(file.write, chunk)
    except OSError as error:
        raise RetryLater("The disk has no room for the file. Free some, then try again.") from error


def _preview_json(preview: Preview) -> dict[str, object]:
    columns = preview.guess.columns
    return {
        "encoding": preview.dialect.encoding.value,
        "separator": SEPARATOR_NAMES[preview.dialect.separator],
        "rows": preview.rows,
        "head": _rows_json(preview.head, 1),
        "tail": _rows_json(preview.tail, preview.rows - len(preview.tail) + 1),
        "first": preview.guess.first,
        "last": preview.guess.last,
        "columns": None if columns is None else asdict(columns),
    }


def _rows_json(rows: tuple[Row, ...], begin: int) -> list[dict[str, object]]:
    return [
        {
            "row": number,
            "cells": preview_cells(row),
            "problem": row.problem.value if isinstance(row, BadRow) else None,
        }
        for number, row in enumerate(rows, begin)
    ]


def _status_json(status: Status) -> dict[str, object]:
    progress, figures, error = status.progress, status.figures, status.error
    return {
        "working": status.working,
        "phase": None if progress is None else progress.phase.value,
        "share": 0.0 if progress is None else round(progress.share, 3),
        "listed": status.listed,
        "figures": None if figures is None else _figures_json(figures),
        "error": None
        if error is None
        else {
            "error": str(error),
            "code": error.code if isinstance(error, Refused) else None,
            "facts": error.facts if isinstance(error, Refused) else {},
        },
    }


def _figures_json(figures: Figures) -> dict[str, object]:
    return {
        "found": figures.found,
        "listed": figures.listed,
        "known": figures.known,
        "cancelled": figures.cancelled,
        "troubles": dict(figures.problems),
    }


def _problem_json(row: int, problem: Problem, detail: str) -> dict[str, object]:
    return {
        "row": row,
        "problem": problem.value,
        "detail": detail,
        "text": f"Row {row} {sentence(problem, detail)}.",
    }


def _imported_json(done: FinishedImport) -> dict[str, object]:
    return {
        "number": done.number,
        "at": iso(done.at),
        "distributor": done.distributor,
        "found": done.found,
        "listed": done.listed,
        "known": done.known,
        "cancelled": done.cancelled,
        "troubled": done.problems,
    }
