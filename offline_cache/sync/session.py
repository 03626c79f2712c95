"""One connection to the gateway, from the greeting to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from offline_cache.cache import Cache
from offline_cache.sync.claim_waits import ClaimWaits
from offline_cache.sync.clock_offset import Offset
from offline_cache.sync.events import Alarm, Applied, ConflictTold, LinkEvent
from offline_cache.sync.frames import FrameHandler, Reaction
from offline_cache.sync.offering import Offering
from offline_cache.sync.ports import LinkEnded, Offload, Socket
from offline_cache.sync.retention_loop import RetentionLoop
from offline_cache.sync.timing import Timing
from validator.clock import Clock
from validator.errors import FrameRefused, WireError
from validator.feed import Successor
from validator.wire.messages import (
    VERSION,
    Acknowledged,
    Claimed,
    Hello,
    Message,
    Pong,
    Recall,
    Sealed,
    Seals,
    Taken,
    Told,
    Upload,
    Welcome,
    Witness,
    decode,
    encode,
)

BATCH = 250
"""Journal rows in one upload: few trips for a long queue, and no claim waits long behind one."""

WAITING_IN = 32
"""Messages that wait for the disk before no more are read."""

WAITING_OUT = 4_096
"""Messages that wait to be sent; a link that lets so many pile up is soon found to be dead."""


class Session:
    """Talks over one open connection.

    Disk work is done aside, one item after the other, so that claims are answered meanwhile.

    Args:
        socket: Open connection.
        cache: The device's cache.
        clock: The device's clocks.
        claims: Gets the answers to claims.
        offset: Gets the clock measurements.
        tell: Is told what happens, in the event loop.
        timing: How long to wait for what.
        offload: Does the disk work.
    """

    def __init__(
        self,
        socket: Socket,
        cache: Cache,
        clock: Clock,
        claims: ClaimWaits,
        offset: Offset,
        tell: Callable[[LinkEvent], None],
        timing: Timing,
        offload: Offload,
    ) -> None:
        self._socket = socket
        self._cache = cache
        self._clock = clock
        self._claims = claims
        self._offset = offset
        self._tell = tell
        self._timing = timing
        self._offload = offload
        self._inbox: asyncio.Queue[Sealed | Acknowledged | Told] = asyncio.Queue(WAITING_IN)
        self._outbox: asyncio.Queue[Message] = asyncio.Queue(WAITING_OUT)
        self._offering = Offering(cache.offers, self.post, offload)
        self._grown = asyncio.Event()
        self._answered = asyncio.Event()
        self._frames = FrameHandler(cache.knowledge, clock, timing.retry_s)
        self._alarmed = ""

    async def greet(self) -> None:
        """Say hello and wait for the welcome.

        Raises:
            LinkEnded: The gateway does not greet back.
            CacheError: The disk can't be read or written.
        """
        cache = self._cache
        cache.offers.made(False)
        positions = await self._offload(self._frames.begin)
        journalled = await self._offload(cache.journalled)
        hello = Hello(
            VERSION,
            cache.device,
            positions,
            journalled,
            self._clock.now(),
            cache.seals.ring.successors,
        )
        await self._socket.send(encode(hello))
        while not isinstance(message := await self._receive(self._timing.connect_s), Welcome):
            if message is not None:
                self._alarm("The gateway said something else than welcome first.")
        if message.version != VERSION:
            raise LinkEnded(f"The gateway speaks version {message.version}: update this program.")
        if message.acknowledged > journalled:
            self._alarm(
                "The gateway knows more of this device's journal than the device itself: "
                "was an old copy of its cache put back?"
            )
        await self._offload(cache.owe_after, message.acknowledged)
        self._retention = RetentionLoop(cache.retention, self._clock, message, self._offload)

    async def run(self) -> None:
        """Keep up with the gateway until the connection ends.

        Raises:
            LinkEnded: It has ended.
            CacheError: The disk can't be read or written.
        """
        self._offset.begin()
        self._claims.begin()
        ways = [
            asyncio.create_task(way())
            for way in (
                self._read,
                self._write,
                self._work,
                self._upload,
                self._offering.run,
                self._retention.run,
                self._measure,
            )
        ]
        try:
            done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in done:
                way.result()
        finally:
            self._claims.end()
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    def post(self, message: Message) -> None:
        """Send a message when its turn comes; if too many wait, it is dropped."""
        if not self._outbox.full():
            self._outbox.put_nowait(message)

    def wake(self) -> None:
        """The journal has grown."""
        self._grown.set()

    async def _read(self) -> None:
        while True:
            try:
                message = await self._receive(self._timing.silence_s)
            except LinkEnded:
                # What came before the end counts: it may be the last acknowledgement.
                self._claims.end()
                await self._inbox.join()
                raise
            match message:
                case Sealed() | Acknowledged() | Told():
                    await self._inbox.put(message)
                case Seals(successors):
                    # Before anything is looked at that may bear a new seal.
                    await self._learn(successors)
                case Claimed(id, verdict):
                    self._claims.answered(id, verdict)
                case Recall() | Taken():
                    self._offering.hear(message)
                case Pong() | Witness():
                    self._heard(message)
                case None:
                    pass
                case _:
                    self._alarm("The gateway sent a message that only a device sends.")

    async def _learn(self, successors: tuple[Successor, ...]) -> None:
        try:
            await self._offload(self._cache.seals.take, successors)
        except FrameRefused as error:
            self._alarm(str(error))

    async def _receive(self, wait_s: float) -> Message | None:
        """Return the next message, None for one that can't be read."""
        try:
            async with asyncio.timeout(wait_s):
                data = await self._socket.receive()
            return decode(data)
        except TimeoutError as error:
            raise LinkEnded(f"The gateway has been silent for {wait_s:g} s.") from error
        except WireError as error:
            self._alarm(f"A message of the gateway was dropped. {error}")
            return None

    async def _write(self) -> None:
        while True:
            try:
                await self._socket.send(encode(await self._outbox.get()))
            except ConnectionError as error:
                # The reader knows better why, and has perhaps something left to work off.
                await asyncio.sleep(self._timing.silence_s)
                raise LinkEnded("The link broke.") from error

    async def _work(self) -> None:
        while True:
            while self._inbox.empty() and self._cache.knowledge.busy:
                self._react(await self._offload(self._frames.go_on))
            match await self._inbox.get():
                case Sealed(frame):
                    self._react(await self._offload(self._frames.apply, frame))
                case Acknowledged() as answer:
                    await self._offload(self._cache.acknowledge, answer)
                    self._answered.set()
                case Told(conflict):
                    if await self._offload(self._cache.conflicts.note, conflict):
                        self._tell(ConflictTold(conflict))
            self._inbox.task_done()

    def _react(self, reactions: Iterable[Reaction]) -> None:
        for reaction in reactions:
            match reaction:
                case Alarm(text):
                    self._alarm(text)
                case Applied():
                    self._alarmed = ""
                    self._tell(reaction)
                    if self._cache.knowledge.place.revoked:
                        self.wake()
                case _:
                    self.post(reaction)

    async def _upload(self) -> None:
        stuck = 0
        while True:
            self._grown.clear()
            rows = await self._offload(self._cache.owed, BATCH)
            if not rows:
                if self._cache.knowledge.place.revoked:
                    raise LinkEnded("This device is revoked.", revoked=True)
                await self._grown.wait()
                continue
            if rows[0].sequence == stuck:
                self._alarm("The gateway does not take this device's check-ins. They are kept.")
                await asyncio.sleep(self._timing.retry_s)
            stuck = rows[0].sequence
            self._answered.clear()
            self.post(Upload(rows))
            try:
                async with asyncio.timeout(self._timing.answer_s):
                    await self._answered.wait()
            except TimeoutError as error:
                raise LinkEnded("The gateway does not confirm what is uploaded.") from error

    async def _measure(self) -> None:
        while True:
            self.post(self._offset.ping())
            await asyncio.sleep(self._timing.ping_s)
            say, now = self._cache.heads.telemetry, self._clock.now()
            self.post(await self._offload(say, now, self._offset.ms))

    def _heard(self, message: Pong | Witness) -> None:
        try:
            if isinstance(message, Witness):
                return self._cache.heads.hear(message.head)
            self._claims.quick(self._offset.pong(message))
            if warning := self._offset.warning():
                self._tell(Alarm(warning))
        except WireError as error:
            self._alarm(str(error))

    def _alarm(self, text: str) -> None:
        # A fault that comes every second is told once, until something went well again.
        if text != self._alarmed:
            self._alarmed = text
            self._tell(Alarm(text))
