"""The talk of the command `import` with the box office."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from validator.boxoffice.imports.importer import MOST_BYTES
from validator.boxoffice.imports.mapping import OPTIONAL
from validator.errors import FixRequest
from validator.gateway.commands.progress_bar import Gauge
from validator.gateway.config import Config
from validator.gateway.local_client import BoxOfficeClient, boxoffice_client

_PERIOD_S = 0.2
_SHOWN_ROWS, _SHOWN_PROBLEMS = 4, 20


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was typed; None = find out.

    Args:
        distributor: Name.
        performance: Scope.
        tariff: Of rows that name none.
        zone: Of rows that name none.
        columns: Such as `barcode=8`.
        first: Rows to leave out.
        last: Rows to leave out.
        separator: Name.
        encoding: Name.
        digits: Least digits of codes.
        withdrawn: Words in the status column.
        cancel_missing: Cancel what is not in the file.
        cancel_at_most: So many cancellations are right.
        preview: Change nothing.
        problems: File that gets all bad rows.
        as_json: Print JSON.
    """

    distributor: str | None
    performance: int | None
    tariff: int | None
    zone: int | None
    columns: tuple[str, ...]
    first: int | None
    last: int | None
    separator: str | None
    encoding: str | None
    digits: int | None
    withdrawn: tuple[str, ...] | None
    cancel_missing: bool
    cancel_at_most: int | None
    preview: bool
    problems: Path | None
    as_json: bool


def run_import(config: Config, file: Path, wishes: Wishes) -> None:
    """Hand a file in, show what it is, and have it listed.

    Args:
        config: Names the data folder.
        file: To be imported.
        wishes: What was typed.

    Raises:
        ValidatorError: The file or a wish is wrong, or the box office does not answer.
        KeyboardInterrupt: It was stopped; nothing was listed, or all of it, as was printed.
    """
    try:
        if file.stat().st_size > MOST_BYTES:
            raise FixRequest(f"{file.name} is larger than {MOST_BYTES >> 30} GB. Split it.")
        with file.open("rb") as opened:
            asyncio.run(_import(config, opened, wishes))
    except OSError as error:
        raise FixRequest(f"{file} can't be read: {error.strerror}.") from error


async def _import(config: Config, file: BinaryIO, wishes: Wishes) -> None:
    async with boxoffice_client(config) as client:
        events = await client.ask("GET", "events")
        distributors = (await client.ask("GET", "distributors"))["distributors"]
        looked = await client.send(file, "imports")
        await _Talk(client, looked, wishes).go(events, distributors)


class _Talk:
    def __init__(self, client: BoxOfficeClient, looked: dict[str, Any], wishes: Wishes) -> None:
        self._client = client
        self._looked = looked
        self._id: str = looked["id"]
        self._wishes = wishes
        self._gauge = Gauge(sys.stderr)

    async def go(self, events: dict[str, Any], distributors: Sequence[str]) -> None:
        finished = False
        try:
            mapping = await self._mapping(events, distributors)
            if not self._wishes.as_json:
                self._show_table(mapping)
            done = await self._work("check", mapping)
            if not self._wishes.preview:
                more = {"at_most": self._wishes.cancel_at_most}
                done = await self._work("run", mapping | more)
            await self._tell(mapping, done)
            finished = True
        finally:
            # Whatever happened: the box office ends what it does, and forgets the file.
            forgotten = await self._client.ask("POST", "imports", self._id, "forget", body={})
            if not finished:
                self._gauge.end()
                listed = forgotten["listed"]
                print("All was imported." if listed else "Nothing was imported.", file=sys.stderr)

    async def _mapping(self, events: dict[str, Any], distributors: Sequence[str]) -> dict[str, Any]:
        wishes = self._wishes
        form = {"encoding": wishes.encoding, "separator": wishes.separator}
        if any(form.values()):
            form = {key: value for key, value in form.items() if value}
            again = await self._client.ask("POST", "imports", self._id, "look", body=form)
            self._looked = again
        looked = self._looked
        first = looked["first"] if wishes.first is None else wishes.first
        columns = _columns(looked, wishes.columns, first)
        shows = {
            show["scope"]: show for event in events["events"] for show in event["performances"]
        }
        tariffs = {tariff["id"]: tariff for tariff in events["tariffs"]}
        mapping = {
            "encoding": looked["encoding"],
            "separator": looked["separator"],
            "first": first,
            "last": looked["last"] if wishes.last is None else wishes.last,
            "columns": columns,
            "distributor": wishes.distributor or _only(distributors, "distributor", str),
            "performance": wishes.performance,
            "tariff": wishes.tariff,
            "zone": wishes.zone,
            "digits": wishes.digits,
            "withdrawn": None if wishes.withdrawn is None else list(wishes.withdrawn),
            "cancel_missing": wishes.cancel_missing,
        }
        if mapping["performance"] is None and columns["performance"] is None:
            mapping["performance"] = _only(
                list(shows), "performance", lambda scope: f"{scope} {shows[scope]['name']}"
            )
        if mapping["tariff"] is None and columns["tariff"] is None:
            mapping["tariff"] = _only(
                list(tariffs), "tariff", lambda id: f"{id} {_english(tariffs[id]['name'])}"
            )
        return mapping

    async def _work(self, what: str, mapping: dict[str, Any]) -> dict[str, Any]:
        status = await self._client.ask("POST", "imports", self._id, what, body=mapping)
        while status["working"]:
            self._gauge.at(status["phase"], status["share"])
            await asyncio.sleep(_PERIOD_S)
            status = await self._client.ask("GET", "imports", self._id)
        self._gauge.end()
        if status["error"] is not None:
            raise FixRequest(status["error"]["error"])
        figures: dict[str, Any] = status["figures"]
        return figures

    def _show_table(self, mapping: dict[str, Any]) -> None:
        looked, columns = self._looked, mapping["columns"]
        print(
            f"{looked['rows']:,} rows, {mapping['encoding']}, separated by {mapping['separator']};"
            f" {mapping['first']} left out at the top, {mapping['last']} at the end."
        )
        for name, place in columns.items():
            if place is None:
                continue
            rows = looked["head"][mapping["first"] : mapping["first"] + _SHOWN_ROWS]
            cells = [row["cells"][place] for row in rows if len(row["cells"]) > place]
            print(f"  {name:12} column {place + 1:<3} {', '.join(cells)}")

    async def _tell(self, mapping: dict[str, Any], done: dict[str, Any]) -> None:
        wishes, bad = self._wishes, sum(done["troubles"].values())
        if wishes.problems is not None:
            await self._write_problems(wishes.problems)
        if wishes.as_json:
            listed = not wishes.preview
            print(json.dumps({"distributor": mapping["distributor"], "done": listed} | done))
            return
        would = "would be " if wishes.preview else ""
        print(f"{mapping['distributor']}: {done['found']:,} rows found.")
        print(f"  {done['listed']:,} tickets {would}listed")
        print(f"  {done['known']:,} known already")
        print(f"  {done['cancelled']:,} tickets {would}cancelled")
        print(f"  {bad:,} rows with a problem")
        if bad:
            for problem in (await self._problems(0))[:_SHOWN_PROBLEMS]:
                print(f"    {problem['text']}")
            if bad > _SHOWN_PROBLEMS and wishes.problems is None:
                print("    … --problems FILE lists them all.")

    async def _problems(self, after: int) -> list[dict[str, Any]]:
        path = ("imports", self._id, "problems")
        said = await self._client.ask("GET", *path, query={"after": str(after)})
        problems: list[dict[str, Any]] = said["problems"]
        return problems

    async def _write_problems(self, path: Path) -> None:
        try:
            with path.open("w", encoding="utf-8") as file:
                after = 0
                while problems := await self._problems(after):
                    file.writelines(f"{problem['text']}\n" for problem in problems)
                    after = problems[-1]["row"]
        except OSError as error:
            raise FixRequest(f"{path} can't be written: {error.strerror}.") from error


def _columns(looked: dict[str, Any], wishes: Sequence[str], first: int) -> dict[str, int | None]:
    """Return the place of each column, from 0, as it was guessed or typed."""
    columns: dict[str, int | None] = dict.fromkeys(("barcode", *OPTIONAL))
    columns |= looked["columns"] or {}
    above = looked["head"][first - 1]["cells"] if 0 < first <= len(looked["head"]) else []
    for wish in wishes:
        name, _, column = wish.partition("=")
        if name not in columns or not column:
            names = ", ".join(columns)
            raise FixRequest(f"--column takes WHAT=COLUMN, and WHAT is one of {names}.")
        columns[name] = _place(column, above)
    if columns["barcode"] is None:
        raise FixRequest("No column looks like barcodes. Name it with --column barcode=NUMBER.")
    return columns


def _place(column: str, heading: Sequence[str]) -> int | None:
    if column == "none":
        return None
    if column.isascii() and column.isdigit() and int(column) > 0:
        return int(column) - 1
    folded = [cell.strip().casefold() for cell in heading]
    if column.strip().casefold() not in folded:
        raise FixRequest(f"No column is headed {column!r}. Give its number, from 1.")
    return folded.index(column.strip().casefold())


def _only(choices: Sequence[Any], what: str, named: Callable[[Any], str]) -> Any:
    if len(choices) == 1:
        return choices[0]
    known = "".join(f"\n  {named(choice)}" for choice in choices)
    raise FixRequest(f"Say which {what} with --{what}. Known:{known or ' none yet'}")


def _english(names: Mapping[str, str]) -> str:
    return names.get("en") or next(iter(names.values()), "")
