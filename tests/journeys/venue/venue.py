"""A venue of real processes in a folder: box office and gateway, and lanes that enrol there."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import aiohttp

from device.decoders import available, decode_picture, read_picture
from journeys.venue.lane import LaneProcess
from journeys.venue.place import Here, Place
from journeys.venue.ports import free_port
from journeys.venue.records import Records
from journeys.venue.waiting import ENVIRONMENT, LONGEST_WAIT_S, ROOT, until
from offline_cache.identity.enrolment import enrol
from offline_cache.identity.identity import Identity
from validator.boxoffice import BoxOffice, Item, Order, SampleEvening, sell_sample_evening
from validator.clock import HOUR_MS, MINUTE_MS, Clock, Instant
from validator.gateway.demo.cable import Cable

SERVE = ("-c", "from validator.gateway.main import main; raise SystemExit(main())", "serve")
DYING = ("-m", "journeys.crashing_gateway")
SHIFTED = ("-m", "journeys.shifted_gateway")
GATE, IMPATIENT, CAREFUL, HOLDING = "main", "impatient", "careful", "holding"
IMPATIENT_S = 2
"""Age of a source, in seconds, from which on these two gates hold it to be stale."""
CLOCK = Clock(time.time_ns, time.monotonic_ns)


class Venue(Records):
    """One evening at one venue.

    Args:
        folder: Gets everything.
        place: Where the gateway runs.
        doors_min: Doors open so many minutes from now, or up to five earlier.
    """

    def __init__(self, folder: Path, place: Place | None = None, doors_min: int = -60) -> None:
        self.place = place or Here()
        super().__init__(folder / "data")
        self.tls = free_port()
        self.lanes: list[LaneProcess] = []
        self._folder = folder
        self._plain = free_port()
        self._process: asyncio.subprocess.Process | None = None
        self._relays: list[Callable[[], Any]] = []
        self._codes: dict[str, str] = {}
        office = BoxOffice.open(self.data, CLOCK, os.urandom)
        try:
            self.evening: SampleEvening = sell_sample_evening(
                office, Instant(CLOCK.now() + HOUR_MS + doors_min * MINUTE_MS)
            )
            self._keep(office)
        finally:
            office.close()
        self._config().write_text(
            f'data = "{self.data}"\nplain = "127.0.0.1:{self._plain}"\n'
            f'tls = "{self.place.listens}:{self.tls}"\npoll_s = 0.5\n' + self._gates()
        )

    @property
    def streams(self) -> tuple[str, ...]:
        """What a lane has to hold before it is asked anything."""
        tonight = self.evening.tonight
        return ("catalogue", f"tickets.{tonight}", f"cancellations.{tonight}")

    @property
    def config(self) -> Path:
        """The gateway's configuration."""
        return self._config()

    @property
    def address(self) -> str:
        """Where this machine's browser finds the pages."""
        return f"http://127.0.0.1:{self._plain}"

    def sell(self, items: Sequence[Item]) -> Order:
        """Sell tickets before the gateway starts."""
        office = BoxOffice.open(self.data, CLOCK, os.urandom)
        try:
            order = office.orders.sell("Guest", "", items)
            self._keep(office)
            return order
        finally:
            office.close()

    def code(self, number: str) -> str:
        """Return the text of a ticket's code, as it was when the gateway started."""
        return self._codes[number]

    async def open(
        self,
        dying: bool = False,
        ahead_s: int = 0,
        environment: Mapping[str, str] | None = None,
        files: int = 0,
        log: Path | None = None,
    ) -> None:
        """Start the gateway and wait until it has heard its box office out.

        Args:
            dying: It is killed between the first claim's commit and its answer.
            ahead_s: How far its machine's clock is off.
            environment: Further variables.
            files: So many it may have open; 0 = as this process.
            log: Gets what it says; None = standard error.
        """
        few = ("sh", "-c", f'ulimit -n {files}; exec "$@"', "sh") if files else ()
        script = (*SHIFTED, "--ahead-s", str(ahead_s)) if ahead_s else SERVE
        with log.open("wb") if log else nullcontext() as said:
            self._process = await asyncio.create_subprocess_exec(
                *(*self.place.prefix, *few, sys.executable, *(DYING if dying else script)),
                *("--config", str(self._config())),
                cwd=ROOT,
                env=ENVIRONMENT | dict(environment or {}),
                stderr=said,
            )
        await until(self._ready)

    async def refused(self) -> tuple[int, str]:
        """Start a gateway that does not start; return its exit code and what it says."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *SERVE, "--config", str(self._config())),
            cwd=ROOT,
            env=ENVIRONMENT,
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await asyncio.wait_for(process.communicate(), LONGEST_WAIT_S)
        assert process.returncode is not None
        return process.returncode, said.decode()

    async def died(self) -> int:
        """Wait until the gateway has died and return its exit code."""
        assert self._process is not None
        return await asyncio.wait_for(self._process.wait(), LONGEST_WAIT_S)

    async def close(self) -> None:
        """End every process."""
        for lane in self.lanes:
            await lane.kill()
        for stop in self._relays:
            await stop()
        await self.shut()

    async def shut(self) -> None:
        """Stop the gateway; `open` starts it again."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await asyncio.wait_for(self._process.wait(), LONGEST_WAIT_S)

    async def kill(self) -> None:
        """Let the gateway die on the spot."""
        assert self._process is not None
        self._process.kill()
        await self.died()

    async def enrolled_at(self, place: Place, gateway: str, gate: str = GATE) -> LaneProcess:
        """Enrol a lane elsewhere with the command that people type.

        Args:
            place: Where it runs.
            gateway: How the gateway is called there.
            gate: Its place.
        """
        code = (await self.post("/api/v1/devices/codes", {"gate": gate}))["code"]
        state = self._folder / f"lane-{len(self.lanes)}"
        lane = LaneProcess(state, "", place)
        ended, said = await lane.command("enrol", code, "--gateway", f"{gateway}:{self.tls}")
        assert ended == 0, said
        lane.device = Identity.load(state / "identity.json").device
        self.lanes.append(lane)
        return lane

    async def enrolled(self, name: str, gate: str = GATE, port: int = 0) -> LaneProcess:
        """Enrol a lane over TLS with a one-time code.

        Args:
            name: For people.
            gate: Its place.
            port: Relay between it and the gateway; 0 = none.
        """
        code = (await self.post("/api/v1/devices/codes", {"gate": gate}))["code"]
        identity = await enrol(code, f"127.0.0.1:{port or self.tls}", name)
        state = self._folder / name
        state.mkdir()
        identity.save(state / "identity.json")
        lane = LaneProcess(state, identity.device)
        self.lanes.append(lane)
        return lane

    async def informed(self, lane: LaneProcess) -> None:
        """Wait until a lane knows how old its knowledge is; its first heartbeat takes a moment."""
        refused = self.code(self.evening.cancelled)

        async def knows() -> bool:
            return (await lane.scan(refused))["age_s"] is not None

        await until(knows)

    async def cable(self) -> tuple[Cable, int]:
        """Return a cable to the gateway and the port at its other end."""
        cable = Cable("127.0.0.1", self.tls)
        self._relays.append(cable.stop)
        return cable, await cable.start()

    async def here_and_away(self) -> tuple[LaneProcess, LaneProcess, Cable]:
        """Start two lanes, and pull the cable of the second; it knows by then."""
        cable, port = await self.cable()
        lane, away = await self.enrolled("lane"), await self.enrolled("away", port=port)
        for each in (lane, away):
            await each.start(*self.streams)
        before = len(away.lines)
        cable.pull()
        await away.heard(before, event="down")
        return lane, away, cable

    def relay(self, stop: Callable[[], Any]) -> None:
        """Have a relay stopped at the end."""
        self._relays.append(stop)

    async def readiness(self) -> dict[str, Any]:
        """Return what the gateway says of itself."""
        return await self._call("GET", "/readyz", None, "")

    async def counts(self) -> dict[str, Any]:
        """Return the gateway's figures."""
        return await self._call("GET", "/api/v1/counts", None, "")

    async def figure(self, name: str) -> float:
        """Return one of the figures that Prometheus reads; of several the sum."""
        key = (self.data / "metrics.token").read_text().strip()
        async with self._session(key) as session, session.get("/metrics") as answer:
            lines = (await answer.text()).splitlines()
        found = [line for line in lines if line.startswith((f"{name}{{", f"{name} "))]
        return sum(float(line.rpartition(" ")[2]) for line in found)

    async def entered(self) -> int:
        """Return how many people have entered."""
        return sum(gate["entered"] for gate in (await self.counts())["gates"])

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Ask the gateway something as its supervisor."""
        return await self._call("POST", path, body, self._supervisor)

    async def awaited(self) -> list[str]:
        """Return the states of entries whose guests are not through yet."""
        answer = await self._call("GET", "/api/v1/claims", None, self._supervisor)
        return [entry["state"] for entry in answer["waiting"]]

    async def office(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask the box office something."""
        key = (self.data / "boxoffice.key").read_text().strip()
        method = "GET" if body is None else "POST"
        return await self._call(method, f"/boxoffice/api/v1/{path}", body, key)

    async def photographed(self, number: str) -> str:
        """Return what the decoder reads on a ticket's picture as it is now."""
        key = (self.data / "boxoffice.key").read_text().strip()
        path = f"/boxoffice/api/v1/tickets/{number}/picture.png"
        async with self._session(key) as session, session.get(path) as answer:
            picture = self._folder / f"{number}.png"
            picture.write_bytes(await answer.read())
        (symbol,) = decode_picture(read_picture(picture), available())
        assert symbol.text
        return symbol.text

    async def forwarded(self) -> None:
        """Wait until the box office was told of everything that lanes have shown."""
        await self.delivered(self.lanes)

        async def nothing_owed() -> bool:
            return not any((await self.counts())["owed"].values())

        await until(nothing_owed)

    @property
    def _supervisor(self) -> str:
        return (self.data / "admin.token").read_text().strip()

    async def _ready(self) -> bool:
        assert self._process is not None and self._process.returncode is None
        try:
            async with self._session("") as session, session.get("/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientConnectionError:
            return False

    async def _call(
        self, method: str, path: str, body: dict[str, Any] | None, key: str
    ) -> dict[str, Any]:
        async with (
            self._session(key) as session,
            session.request(method, path, json=body) as answer,
        ):
            said: dict[str, Any] = await answer.json()
            assert answer.status < 300, said
            return said

    def _session(self, key: str) -> aiohttp.ClientSession:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return aiohttp.ClientSession(
            self.address,
            headers=headers,
            connector=self.place.connector(),
        )

    def _config(self) -> Path:
        return self._folder / "gateway.toml"

    def _gates(self) -> str:
        tonight = self.evening.tonight
        return (
            f'[[gates]]\nid = "{GATE}"\nname = "Main entrance"\nperformances = [{tonight}]\n'
            f'[[gates]]\nid = "{IMPATIENT}"\nname = "Impatient"\nperformances = [{tonight}]\n'
            f'stale = "allow"\nstale_after_s = {IMPATIENT_S}\n'
            f'[[gates]]\nid = "{CAREFUL}"\nname = "Careful"\nperformances = [{tonight}]\n'
            f'stale = "check"\nstale_after_s = {IMPATIENT_S}\n'
            f'[[gates]]\nid = "{HOLDING}"\nname = "Turnstile"\nperformances = [{tonight}]\n'
            'count_mode = "hold"\n'
        )

    def _keep(self, office: BoxOffice) -> None:
        for order in office.orders.latest(1000):
            for ticket in order.tickets:
                self._codes[ticket.number] = ticket.code.text
