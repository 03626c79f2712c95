"""Wrote stopped.tar.gz, killed.tar.gz and expected.json: folders as commit 4fc9c6d left them.

Run once, with a checkout of 4fc9c6d as the working folder and an environment in which its two
commands are installed: `python make_folders.py OUT`. It need not run on any later code, and so it
imports none: everything is done by the processes of that commit. What no command of it does (an
evening that lasts until 2050, a source that nobody follows any more, a guest who is sent away) is
done by its own parts, in the programs below.
"""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

MAIN, GARDEN_OUT, GARDEN_IN, TURNSTILE = "main", "garden-out", "garden-in", "turnstile"

RUNNING: list[subprocess.Popen[bytes]] = []

EVENING = """
import json, os, sys, time
from dataclasses import asdict, replace
from pathlib import Path
from validator.boxoffice import BoxOffice, sample
from validator.boxoffice.catalogue import performance_of
from validator.clock import Clock, parse_iso

clock = Clock(time.time_ns, time.monotonic_ns)
office = BoxOffice.open(Path(sys.argv[1]), clock, os.urandom)
evening = sample(office, clock.now())
with office.database.read() as transaction:
    tonight = performance_of(transaction, evening.tonight)
office.catalogue.put_performance(
    replace(
        tonight,
        name="Lumen Quartet, the long evening",
        doors=parse_iso("2024-01-01T00:00:00Z"),
        end=parse_iso("2050-01-01T00:00:00Z"),
    )
)
codes = {
    ticket.number: ticket.code.text
    for order in office.orders.latest(1000)
    for ticket in order.tickets
}
office.close()
print(json.dumps({"evening": asdict(evening), "codes": codes}))
"""

SHOP = """
import asyncio, sys
from pathlib import Path
from validator.clock import Instant
from validator.gateway.config import load
from validator.gateway.daemon import Daemon
from validator.keys import KeyRing
from validator.model import Listing, Revocation, RevocationKind, Source, Ticket, TicketId
from validator.ports import Changes

async def main():
    daemon = Daemon(load(Path(sys.argv[1])))
    await daemon.start()
    parts = daemon.gateway.parts
    ring, now, scope = KeyRing({}, parts.code_key), parts.clock.now(), int(sys.argv[2])
    ids = [TicketId(f"shop:{number}") for number in range(60)]
    listings = tuple(
        Listing(
            ring.code_id(f"SHOP-{number:04}"),
            Ticket(ids[number], scope, 1, "shop", number=f"S-{number:04}"),
        )
        for number in range(60)
    )
    sold = Changes("1", now, entries=(Source("shop", "A shop"),), listings=listings)
    await parts.committer.apply("shop", sold)
    gone = tuple(Revocation(id, RevocationKind.CANCELLED, Instant(now)) for id in ids[30:])
    await parts.committer.apply("shop", Changes("2", now, revocations=gone, inferred=True))
    await daemon.stop()

asyncio.run(main())
"""

STEWARD = """
import asyncio, contextlib, json, os, sys, time
from pathlib import Path
from offline_cache.cache import Cache
from offline_cache.identity import Identity
from offline_cache.link import Link
from scanner.headless import Printer
from scanner.lane import Lane
from validator.admission import Shown
from validator.clock import Clock

async def main():
    state = Path(sys.argv[1])
    clock = Clock(time.time_ns, lambda: time.clock_gettime_ns(time.CLOCK_BOOTTIME))
    identity = Identity.load(state / "identity.json")
    with contextlib.closing(Cache.open(state / "cache.sqlite", clock, identity)) as cache:
        printer = Printer("en", True, clock, cache)
        link = Link(identity, cache, clock, printer.told)
        lane = Lane(identity.device, cache, link, printer, clock, os.urandom)
        linked = asyncio.create_task(link.run())
        while not link.connected:
            await asyncio.sleep(0.05)
        for what, text, count in json.loads(sys.argv[2]):
            shown = await lane.take(text, count=count)
            assert isinstance(shown, Shown), shown
            if what == "undo":
                assert lane.undo(shown.id) is None
            if what == "override":
                lane.override(shown.id)
        while cache.backlog():
            await asyncio.sleep(0.05)
        linked.cancel()

asyncio.run(main())
"""


def program(text: str, *words: str) -> str:
    """Run a program of 4fc9c6d's own parts; return what it printed."""
    command = (sys.executable, "-c", text, *words)
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def gateway(*words: str, codes: Sequence[str] = ()) -> str:
    """Run a command of the gateway; return what it printed."""
    command = (sys.executable, "-m", "validator.gateway.main", *words)
    given = "".join(f"{code}\n" for code in codes)
    return subprocess.run(
        command, check=True, input=given, stdout=subprocess.PIPE, text=True
    ).stdout


def scanner(*words: str) -> str:
    """Run a command of the lane; return what it printed."""
    command = (sys.executable, "-m", "scanner", *words)
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def rows(lines: str) -> list[dict[str, Any]]:
    """Return JSON lines."""
    return [json.loads(line) for line in lines.splitlines()]


def until(done: Callable[[], Any]) -> Any:
    """Wait until something is so; return it."""
    end = time.monotonic() + 60
    while not (found := done()):
        assert time.monotonic() < end, done
        time.sleep(0.05)
    return found


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Lane:
    """`entrance-scanner lane` with codes on its stdin."""

    def __init__(self, state: Path) -> None:
        self.lines: list[dict[str, Any]] = []
        command = (sys.executable, "-m", "scanner", "lane", "--source", "stdin", "--json")
        self.process = subprocess.Popen(
            (*command, "--sound", "off", "--state", str(state)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        RUNNING.append(self.process)

    def heard(self, *events: str, stream: str = "") -> dict[str, Any]:
        """Read on to a line of its."""
        assert self.process.stdout is not None
        for text in self.process.stdout:
            line: dict[str, Any] = json.loads(text)
            self.lines.append(line)
            if line["event"] in events and stream in line.get("stream", ""):
                return line
        raise AssertionError(self.lines[-3:])

    def scan(self, code: str, reason: str) -> dict[str, Any]:
        """Hold a code in front of it; why it shows what it shows is known."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{code}\n".encode())
        self.process.stdin.flush()
        line = self.heard("scan", "fault")
        assert line.get("reason") == reason, line
        return line

    def end(self, how: signal.Signals) -> None:
        self.process.send_signal(how)
        self.process.wait(60)
        RUNNING.remove(self.process)


class Venue:
    """A gateway with its box office, and the device that enrols there."""

    def __init__(self, folder: Path) -> None:
        self.data, self.state, self.config = folder / "data", folder / "lane", folder / "g.toml"
        self.port, self.tls = free_port(), free_port()
        self.process: subprocess.Popen[bytes] | None = None
        sold = json.loads(program(EVENING, str(self.data)))
        self.evening, self.codes = sold["evening"], sold["codes"]
        self.tonight = self.evening["tonight"]
        self.config.write_text(
            f'name = "Old venue"\ndata = "{self.data}"\nplain = "127.0.0.1:{self.port}"\n'
            f'tls = "127.0.0.1:{self.tls}"\npoll_s = 0.5\n'
            + self._gate(MAIN)
            + self._gate(GARDEN_OUT, 'direction = "exit"')
            + self._gate(GARDEN_IN, 'reentry = "after_exit"')
            + self._gate(TURNSTILE, 'count_mode = "hold"')
        )

    def _gate(self, id: str, more: str = "") -> str:
        head = f'[[gates]]\nid = "{id}"\nname = "The {id}"\nperformances = [{self.tonight}]\n'
        return f"{head}{more}\n"

    def serve(self) -> None:
        """Start the gateway and wait until it has heard its box office out."""
        command = (sys.executable, "-m", "validator.gateway.main", "serve")
        self.process = subprocess.Popen((*command, "--config", str(self.config)))
        RUNNING.append(self.process)
        until(lambda: self.get("/readyz"))

    def end(self, how: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(how)
        self.process.wait(60)
        RUNNING.remove(self.process)

    def command(self, *words: str, codes: Sequence[str] = ()) -> str:
        return gateway(*words, "--config", str(self.config), codes=codes)

    def get(self, path: str) -> Any:
        """Ask the running gateway; None = it does not answer yet."""
        key = self.data / "admin.token"
        headers = {"Authorization": f"Bearer {key.read_text()}"} if key.exists() else {}
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return json.loads(answer.read()) if answer.status == 200 else None
        except OSError:
            return None
        finally:
            connection.close()

    def code(self, role: str, place: int = 0) -> str:
        """Return the code of a ticket of the evening."""
        found = self.evening[role]
        return str(self.codes[found if isinstance(found, str) else found[place]])

    def assign(self, lane: Lane, gate: str) -> None:
        (device,) = self.get("/api/v1/devices")["devices"]
        self.command("devices", "assign", device["id"], gate)
        lane.heard("applied", stream="catalogue")

    def delivered(self) -> None:
        """Wait until the box office has every check-in."""
        until(lambda: not self.get("/api/v1/counts")["owed"].get("boxoffice"))

    def joined(self) -> Lane:
        """Start the lane and wait until it is up and knows the evening."""
        lane = Lane(self.state)
        lane.heard("up")
        return lane


def first_half(venue: Venue) -> None:
    """An evening without trouble, whose every row arrives."""
    code = venue.code
    made = json.loads(venue.command("devices", "code", "--gate", MAIN, "--json"))
    scanner(
        *("enrol", made["code"], "--gateway", f"127.0.0.1:{venue.tls}"),
        *("--name", "Old lane", "--state", str(venue.state)),
    )
    lane = venue.joined()
    for stream in ("tickets", "cancellations", "uses"):
        if not any(line.get("stream", "").startswith(stream) for line in lane.lines):
            lane.heard("applied", stream=f"{stream}.{venue.tonight}")
    until(lambda: lane.scan(code("cancelled"), "cancelled")["age_s"] is not None)
    lane.scan(code("full", 0), "ok")
    lane.scan(code("student", 0), "attention")
    lane.scan(code("duplicate"), "ok")
    lane.scan(code("balcony"), "ok")
    lane.scan(code("duplicate"), "already_used")
    lane.scan(code("full", 1).replace("E1:", "E1:0"), "malformed")
    lane.scan(code("next_day"), "wrong_date")
    lane.scan(code("unpaid"), "unpaid")
    lane.scan(code("exchanged"), "exchanged")
    lane.scan(code("ean13"), "ok")
    lane.scan(code("code128"), "ok")
    lane.scan("SHOP-0000", "ok")
    lane.scan(code("reentry"), "ok")
    venue.assign(lane, GARDEN_OUT)
    lane.scan(code("reentry"), "ok")
    venue.assign(lane, GARDEN_IN)
    lane.scan(code("full", 0), "passback")
    venue.assign(lane, MAIN)
    venue.command("cancel", venue.evening["to_cancel"], "--refund", "card", "--reason", "Ill")
    lane.heard("applied", stream="cancellations")
    lane.scan(code("to_cancel"), "cancelled")
    lane.end(signal.SIGTERM)
    steps = [
        ("count", code("group"), 3),
        ("undo", code("full", 2), None),
        ("override", code("unpaid"), None),
    ]
    program(STEWARD, str(venue.state), json.dumps(steps))
    venue.delivered()


def owed_by_the_lane(venue: Venue) -> None:
    """The gateway is stopped; the lane goes on alone."""
    venue.end(signal.SIGTERM)
    lane = Lane(venue.state)
    lane.heard("down")
    lane.scan(venue.code("offline", 0), "ok")
    lane.scan(venue.code("to_cancel"), "cancelled")
    lane.end(signal.SIGTERM)


def killed(venue: Venue) -> tuple[sqlite3.Connection, dict[str, Any]]:
    """Both die in the midst of it: the box office takes nothing, a hold waits, a row is owed.

    Returns:
        Who keeps the box office from writing, and the gateway's last figures.
    """
    venue.serve()
    lane = venue.joined()
    venue.delivered()
    lane.scan(venue.code("crowd", 0), "ok")
    venue.delivered()
    venue.assign(lane, TURNSTILE)
    office = sqlite3.connect(venue.data / "boxoffice.sqlite", isolation_level=None)
    office.execute("BEGIN IMMEDIATE")
    lane.scan(venue.code("crowd", 2), "ok")
    until(lambda: venue.get("/api/v1/counts")["owed"].get("boxoffice") == 1)
    until(lambda: venue.get("/api/v1/claims")["waiting"])
    counts: dict[str, Any] = venue.get("/api/v1/counts")
    assert venue.process is not None
    venue.process.send_signal(signal.SIGSTOP)
    assert lane.scan(venue.code("offline", 1), "ok")["assurance"] == "provisional"
    lane.end(signal.SIGKILL)
    venue.end(signal.SIGKILL)
    return office, counts


def kept(venue: Venue, archive: Path) -> dict[str, Any]:
    """Pack both folders; say what 4fc9c6d itself reads in a copy of them."""
    with room_beside(archive) as copy:
        for folder in (venue.data, venue.state):
            skipped = shutil.ignore_patterns("*.lock", "*-shm", "leaf.*")
            shutil.copytree(folder, copy / folder.name, ignore=skipped)
        with tarfile.open(archive, "w:gz") as packed:
            for folder in sorted(copy.iterdir()):
                packed.add(folder, folder.name, filter=nobodys)
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        data, state = ("--data", str(copy / "data")), ("--state", str(copy / "lane"))
        numbers = list(venue.codes)
        shown = gateway(
            *("check", "--gate", MAIN, "--at", at, "--json", *data),
            codes=[*venue.codes.values(), "SHOP-0000", "SHOP-0001", "SHOP-0040"],
        )
        verdicts = dict(zip([*numbers, "S-0000", "S-0001", "S-0040"], rows(shown), strict=True))
        return {
            "at": at,
            "verdicts": verdicts,
            "journals": rows(gateway("verify-journal", "--json", *data)),
            "outbox": rows(gateway("outbox", "list", "--json", *data)),
            "lane": rows(scanner("export", "-", *state)),
            "status": scanner("status", *state).splitlines(),
        }


@contextlib.contextmanager
def room_beside(archive: Path) -> Iterator[Path]:
    copy = archive.with_suffix(".copy")
    copy.mkdir()
    try:
        yield copy
    finally:
        shutil.rmtree(copy)


def nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Return a file's entry without whose it was on the machine that packed it."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def main(out: Path) -> None:
    folder = out / "venue"
    folder.mkdir(parents=True)
    venue = Venue(folder)
    program(SHOP, str(venue.config), str(venue.tonight))
    venue.serve()
    first_half(venue)
    counts, held = venue.get("/api/v1/counts"), venue.get("/api/v1/held")
    owed_by_the_lane(venue)
    stopped = kept(venue, out / "stopped.tar.gz") | {"counts": counts}
    venue.serve()
    venue.end(signal.SIGTERM)
    office, counts = killed(venue)
    died = kept(venue, out / "killed.tar.gz") | {"counts": counts}
    office.close()
    said = {
        "evening": venue.evening,
        "codes": venue.codes,
        "held": held["held"],
        "stopped": stopped,
        "killed": died,
    }
    (out / "expected.json").write_text(json.dumps(said, indent=1, sort_keys=True) + "\n")
    shutil.rmtree(folder)


if __name__ == "__main__":
    os.umask(0o077)
    try:
        main(Path(sys.argv[1]).absolute())
    finally:
        for process in RUNNING:
            process.kill()
