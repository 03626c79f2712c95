"""One device comes to a restored gateway: it gives back what it holds, then is told what is new."""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import partial

from validator.errors import FrameRefused
from validator.feed import Epoch
from validator.gateway.host.logs import event
from validator.gateway.ledger.epochs import EPOCH_BYTES, begin_epoch, is_restored
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.recovery.replay import genuine_frame, portions, replay
from validator.gateway.recovery.rollback import begin_epoch_if_proven, ends_if_behind
from validator.gateway.services import Services
from validator.gateway.store.port import Session
from validator.model import DeviceId
from validator.wire.messages import Hello, Offer, Position, Recall, Taken


class Homecoming:
    """What is left to do of one device's return; nothing, most of the time.

    A device is recalled if it was known when the backup was made and has not come since, if it
    holds frames of another epoch than the present one, or further ones of the present. It has come
    when its last offer and every journal row that it began the visit with are on disk.

    Args:
        services: The gateway.
        session: An open transaction, to look.
        hello: What the device began with.

    Attributes:
        recall: Sent before any frame; None = the device has nothing to give back.
    """

    def __init__(self, services: Services, session: Session, hello: Hello) -> None:
        self._services = services
        self._device: DeviceId = hello.device
        self._journal = hello.journal
        self._seals = _seals(services, hello)
        self._stored = session.device_rows.head(hello.device)[0]
        self._has_come = session.restoration.has_come(hello.device)
        self.recall: Recall | None = None
        self._offering = False
        own_ends = ends_if_behind(session, hello.positions)
        if own_ends or (
            is_restored(session) and (not self._has_come or _elsewhere(session, hello))
        ):
            heads = session.restoration.ended_heads()
            ended = tuple(
                Position(head.stream, *head.cursor.epoch, head.cursor.sequence)
                for head in heads
                if head.cursor
            )
            self.recall = Recall(ended + own_ends)
            self._offering = True

    @property
    def offering(self) -> bool:
        """Whether offers are still to come: until then the device gets no frames."""
        return self._offering

    async def take(self, offer: Offer) -> Taken:
        """Take an offer; the answer is sent once it is on disk.

        Raises:
            RetryLater: The disk does not take it.
        """
        committer, services = self._services.committer, self._services
        if not self._offering:
            return Taken(len(offer.frames))
        opened = [genuine_frame(sealed, *self._seals) for sealed in offer.frames]
        frames = [frame for frame in opened if frame is not None]
        refused = len(opened) - len(frames)
        if await committer.write(
            partial(begin_epoch_if_proven, frames=frames, entropy=services.entropy), self._device
        ):
            self._has_come = False
            self._end_others()
            event("store_went_back", logging.CRITICAL, device=self._device)
        for portion in portions(frames):
            for device in await committer.write(partial(replay, pieces=portion), self._device):
                services.lanes.assigned(device, "", revoked=True)
                event("device_revoked", device=device)
        epochs = {frame.cursor.epoch for frame in frames}
        raised = await committer.write(partial(self._raise_epoch, epochs=epochs), self._device)
        if raised:
            self._end_others()
            event("epoch_raised", logging.WARNING, device=self._device)
        if refused:
            event("frames_refused", logging.WARNING, device=self._device, frames=refused)
        if offer.last:
            self._offering = False
            await self.delivered(self._stored)
        return Taken(refused)

    def _end_others(self) -> None:
        """Who follows the epoch that ended here connects again and is led into the next."""
        self._services.backlog.clear()
        self._services.lanes.reconnect_all_but(self._device)

    async def delivered(self, sequence: int) -> None:
        """Note up to where the device's journal is on disk."""
        self._stored = max(self._stored, sequence)
        if self._offering or self._has_come or self._stored < self._journal:
            return
        self._has_come = True
        left = await self._services.committer.write(self._came, self._device)
        event("device_came_back", device=self._device, awaited=left)

    def _came(self, work: UnitOfWork) -> int:
        work.session.restoration.came(self._device, work.now)
        work.cache.forget()
        return len(work.session.restoration.awaited())

    def _raise_epoch(self, work: UnitOfWork, epochs: set[Epoch]) -> bool:
        """Begin an epoch above those that a device has seen; two restores may not share one."""
        now = work.session.streams.epoch()
        above = max((epoch.counter for epoch in epochs), default=0)
        if now is None or epochs <= {now} or above < now.counter:
            return False
        begin_epoch(work.session, above, self._services.entropy(EPOCH_BYTES))
        work.cache.forget()
        return True


def _seals(services: Services, hello: Hello) -> tuple[bytes, ...]:
    """Return the keys whose seals a device may give back.

    For one that was made after the backup a key vouches that is known here.
    """
    known = services.feed.ring
    with suppress(FrameRefused):
        return tuple(dict.fromkeys((*known.accepted, *known.grown(hello.seals).accepted)))
    return known.accepted


def _elsewhere(session: Session, hello: Hello) -> bool:
    """Tell whether a device stands in another epoch than the gateway."""
    epoch = session.streams.epoch()
    return any(
        position.counter and (position.counter, position.random) != epoch
        for position in hello.positions
    )
