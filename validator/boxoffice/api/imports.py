"""Resellers' files over HTTP: handed in, previewed, checked, listed."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path

from aiohttp import web

from validator.boxoffice.api.answers import answer
from validator.boxoffice.api.inputs import read_body
from validator.boxoffice.api.route import OFFICE, Route
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
from validator.http.bodies import TooLarge, chunks
from validator.roles import CHIEFS

_MOST_PROBLEMS = 1000
_MOST_IMPORTS = 100
_ONE = "/api/v1/imports/{id:[0-9a-f]{16}}"


async def distributors(request: web.Request) -> web.Response:
    """List the resellers that tickets are listed for."""
    importer = request.app[OFFICE].importer
    return await answer(lambda: {"distributors": list(importer.distributors())})


async def latest(request: web.Request) -> web.Response:
    """List the files that were listed last."""
    importer = request.app[OFFICE].importer
    return await answer(
        lambda: {"imports": [_imported_json(done) for done in importer.latest(_MOST_IMPORTS)]}
    )


async def upload(request: web.Request) -> web.Response:
    """Take a file, and preview it."""
    importer = request.app[OFFICE].importer
    upload = await asyncio.to_thread(importer.open_upload)
    try:
        await _receive(request, upload.path)
        preview = await asyncio.to_thread(importer.preview, upload.id)
    except BaseException:
        await asyncio.shield(asyncio.to_thread(importer.discard, upload.id))
        raise
    return web.json_response({"id": upload.id} | _preview_json(preview), status=201)


async def preview(request: web.Request) -> web.Response:
    """Preview a file, read in another way."""
    importer, id = request.app[OFFICE].importer, request.match_info["id"]
    rows = RowSelection.read(await read_body(request), importer.dialect(id))
    return await answer(lambda: {"id": id} | _preview_json(importer.preview(id, rows.dialect)))


async def check(request: web.Request) -> web.Response:
    """Begin to find out what an import would do."""
    importer, id = request.app[OFFICE].importer, request.match_info["id"]
    mapping = ColumnMapping.read(await read_body(request), importer.dialect(id))
    await asyncio.to_thread(importer.check, id, mapping)
    return _status(importer, id, 202)


async def run(request: web.Request) -> web.Response:
    """Begin to list a file's tickets."""
    importer, id = request.app[OFFICE].importer, request.match_info["id"]
    body = await read_body(request)
    mapping = ColumnMapping.read(body, importer.dialect(id))
    at_most = body.maybe_integer("at_most", 0, 10_000_000)
    await asyncio.to_thread(importer.run, id, mapping, at_most)
    return _status(importer, id, 202)


async def status(request: web.Request) -> web.Response:
    """Tell how the work on a file is."""
    return _status(request.app[OFFICE].importer, request.match_info["id"], 200)


async def discard(request: web.Request) -> web.Response:
    """Stop what is done with a file, and delete it."""
    importer, id = request.app[OFFICE].importer, request.match_info["id"]
    return await answer(lambda: {"listed": importer.discard(id)})


async def problems(request: web.Request) -> web.Response:
    """List rows with something wrong, by their numbers."""
    importer, id = request.app[OFFICE].importer, request.match_info["id"]
    after = request.query.get("after", "0")
    if not (after.isascii() and after.isdigit() and len(after) < 10):
        raise FixRequest("'after' must be the number of a row.")
    return await answer(
        lambda: {
            "problems": [
                _problem_json(*row) for row in importer.problems(id, int(after), _MOST_PROBLEMS)
            ]
        }
    )


ROUTES = (
    Route("GET", "/api/v1/distributors", distributors, CHIEFS),
    Route("GET", "/api/v1/imports", latest, CHIEFS),
    Route("POST", "/api/v1/imports", upload, CHIEFS),
    Route("GET", _ONE, status, CHIEFS),
    Route("POST", f"{_ONE}/look", preview, CHIEFS),
    Route("POST", f"{_ONE}/check", check, CHIEFS),
    Route("POST", f"{_ONE}/run", run, CHIEFS),
    Route("POST", f"{_ONE}/forget", discard, CHIEFS),
    Route("GET", f"{_ONE}/problems", problems, CHIEFS),
)


def _status(importer: Importer, id: str, status: int) -> web.Response:
    return web.json_response({"id": id} | _status_json(importer.status(id)), status=status)


async def _receive(request: web.Request, path: Path) -> None:
    try:
        with path.open("wb") as file:
            async for chunk in chunks(request, MOST_BYTES):
                await asyncio.to_thread(file.write, chunk)
    except TooLarge as error:
        raise Refused(
            "large_file", f"The file is larger than {MOST_BYTES >> 30} GB. Split it."
        ) from error
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
