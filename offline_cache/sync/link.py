"""The device's link to its gateway: up whenever it can be, never in the way of a scan."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp

from offline_cache.cache import Cache
from offline_cache.errors import CacheError
from offline_cache.identity.identity import Identity
from offline_cache.identity.pinning import pinned
from offline_cache.sync.claim_waits import ClaimWaits
from offline_cache.sync.clock_offset import Offset
from offline_cache.sync.events import Alarm, Down, LinkEvent, Revoked, Up
from offline_cache.sync.ports import LinkEnded, Socket
from offline_cache.sync.session import Session
from offline_cache.sync.timing import BackOff, Timing
from validator.bounds import MAX_MESSAGE_BYTES
from validator.clock import Clock
from validator.enrolment import TLS_NAME
from validator.errors import WireError, place_of
from validator.model import CheckInId, Verdict
from validator.wire.messages import CLOSE_REVOKED, ClaimRequest, GiveBack

KEPT_GIVE_BACKS = 1_000
"""Claims to give back that are remembered while there is no link."""

FOREIGN = "Somebody else answers at the gateway's address, without this venue's key."
"""Said of a certificate that the pinned authority has not signed; nothing was sent to it."""

LONGEST_WHY = 200
"""Most characters that are shown of what the gateway says."""


class Link:
    """Connects, uploads the journal, follows the streams, asks claims; all in one event loop.

    Args:
        identity: Whom to connect to and as whom.
        cache: The device's cache.
        clock: The device's clocks.
        on_event: Is told what happens, in the event loop; must return at once.
        timing: How long to wait for what.
        draw: Gives a random number from 0 to 1, for the waits between tries.
        offset: Measures the clock; None = a new one that keeps nothing.
        address: Asked before every try for the gateway's address, `HOST:PORT`; None = the
            identity's. A host's name is looked up anew each time.

    Raises:
        EnrolAgain: The identity's authority is damaged.
    """

    def __init__(
        self,
        identity: Identity,
        cache: Cache,
        clock: Clock,
        on_event: Callable[[LinkEvent], None],
        timing: Timing | None = None,
        draw: Callable[[], float] = random.random,
        offset: Offset | None = None,
        address: Callable[[], str] | None = None,
    ) -> None:
        self._identity = identity
        self._cache = cache
        self._clock = clock
        self._on_event = on_event
        self._timing = timing or Timing()
        self._back_off = BackOff(self._timing, draw)
        self._trust = pinned(identity.authority_pem)
        self._claims = ClaimWaits(clock, self._timing.claim_s)
        self._offset = offset or Offset(clock)
        self._address = address or (lambda: identity.gateway)
        self._session: Session | None = None
        self._give_backs: list[CheckInId] = []
        self._down = ""

    @property
    def connected(self) -> bool:
        """Whether the gateway has accepted the device and has not been lost since."""
        return self._session is not None

    @property
    def offset_ms(self) -> int | None:
        """Gateway's clock minus the device's, in ms; None = never measured."""
        return self._offset.ms

    async def run(self) -> None:
        """Stay connected until cancelled; returns only when the device was revoked."""
        if warning := self._offset.warning():
            self._on_event(Alarm(warning))
        while True:
            began_s = self._clock.boot_s()
            ended = await self._connect()
            if ended.revoked:
                try:
                    owed = await asyncio.to_thread(self._cache.backlog)
                except CacheError as error:
                    # Not known to owe nothing, so it is not let go: it is asked again.
                    ended = LinkEnded(f"{ended.why} {error}")
                else:
                    if ended.shut or not owed:
                        self._on_event(Revoked(owed))
                        return
            if self._clock.boot_s() - began_s > self._timing.longest_s:
                self._back_off.reset()
            if ended.why != self._down:
                self._down = ended.why
                self._on_event(Down(ended.why))
                if ended.why == FOREIGN:
                    self._on_event(Alarm("Tell the supervisor: somebody may be in between."))
            await asyncio.sleep(self._back_off.next_s())

    async def claim(self, request: ClaimRequest) -> Verdict | None:
        """Ask the gateway whether this entry may be reserved.

        Args:
            request: With the rows about its ticket that are owed.

        Returns:
            The gateway's verdict; None = no link, or no answer in time.
        """
        if self._session is None:
            return None
        return await self._claims.ask(request, self._session.post)

    def give_back(self, id: CheckInId) -> None:
        """Return a claim that is not used, now or with the next connection.

        Should the program end before, the check-in of that id settles it all the same.
        """
        if self._session is not None:
            self._session.post(GiveBack(id))
        elif len(self._give_backs) < KEPT_GIVE_BACKS:
            self._give_backs.append(id)

    def wake(self) -> None:
        """Upload at once: the journal has grown."""
        if self._session is not None:
            self._session.wake()

    async def _connect(self) -> LinkEnded:
        """Connect once and stay; return why that ended."""
        try:
            async with self._socket() as socket:
                session = Session(
                    socket,
                    self._cache,
                    self._clock,
                    self._claims,
                    self._offset,
                    self._on_event,
                    self._timing,
                    asyncio.to_thread,
                )
                async with asyncio.timeout(self._timing.connect_s):
                    await session.greet()
                self._up(session)
                await session.run()
        except LinkEnded as ended:
            return ended
        except CacheError as error:
            return LinkEnded(str(error))
        except aiohttp.WSServerHandshakeError as error:
            return _refused(error.status)
        except aiohttp.ClientConnectorCertificateError:
            return LinkEnded(FOREIGN)
        except (aiohttp.ClientError, OSError, TimeoutError):
            return LinkEnded("The gateway can't be reached.")
        except Exception as error:
            # A fault of ours in one message must not leave the lane alone for the evening.
            what = f"{type(error).__name__} ({place_of(error)})"
            return LinkEnded(f"The link failed on {what}: report this fault.")
        finally:
            self._session = None
        return LinkEnded("The link has ended.")

    def _up(self, session: Session) -> None:
        self._session = session
        self._down = ""
        for id in self._give_backs:
            session.post(GiveBack(id))
        self._give_backs.clear()
        self._on_event(Up())

    @asynccontextmanager
    async def _socket(self) -> AsyncIterator[Socket]:
        patience = aiohttp.ClientTimeout(sock_connect=self._timing.reach_s)
        async with aiohttp.ClientSession(timeout=patience) as http:
            async with asyncio.timeout(self._timing.connect_s):
                socket = await http.ws_connect(
                    f"https://{self._address()}/api/v1/link",
                    headers={"Authorization": f"Bearer {self._identity.token}"},
                    ssl=self._trust,
                    server_hostname=TLS_NAME,
                    max_msg_size=MAX_MESSAGE_BYTES,
                    timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
                )
            try:
                yield _WebSocket(socket)
            finally:
                await socket.close()


class _WebSocket:
    """An open one of aiohttp's, as a session sees it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def send(self, message: bytes) -> None:
        await self._socket.send_bytes(message)

    async def receive(self) -> bytes:
        item = await self._socket.receive()
        match item.type:
            case aiohttp.WSMsgType.BINARY:
                message: bytes = item.data
                return message
            case aiohttp.WSMsgType.CLOSE | aiohttp.WSMsgType.CLOSED:
                said = str(item.extra or "")[:LONGEST_WHY]
                raise LinkEnded(said or "The gateway closed the link.", item.data == CLOSE_REVOKED)
            case aiohttp.WSMsgType.CLOSING | aiohttp.WSMsgType.ERROR:
                raise LinkEnded("The link broke.")
            case _:
                raise WireError("A message is not binary.")


def _refused(status: int) -> LinkEnded:
    match status:
        case 401:
            return LinkEnded(
                "The gateway does not know this device: enrol it again with a new code. What it "
                "owes is kept, and delivered then."
            )
        case 403:
            return LinkEnded("This device is revoked.", revoked=True, shut=True)
        case _:
            return LinkEnded(f"The gateway refuses the link (HTTP {status}).")
