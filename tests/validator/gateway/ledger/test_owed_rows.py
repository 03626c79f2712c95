"""A lane that can't name the ticket yet: its next claim must not take over what it has shown."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from doubles.evening import DEVICE
from doubles.gateway.committer_with_devices import CODE_KEY, FEED, RING, Venue, listing, token
from offline_cache.cache import Cache
from offline_cache.identity.identity import Identity
from scanner.lane.lane import Lane
from validator.admission import Shown
from validator.gateway.ledger.claims import answer_claim
from validator.model import CheckInId, Fault, Verdict
from validator.wire.messages import ClaimRequest, Position

BARCODE = "4006381333931"


@dataclass
class SlowUpload:
    """A link whose claims are answered and whose journal is still on its way."""

    venue: Venue
    connected: bool = True
    offset_ms: int | None = 0

    async def claim(self, request: ClaimRequest) -> Verdict | None:
        return await answer_claim(self.venue.committer, DEVICE, request)

    def give_back(self, id: CheckInId) -> None:
        pass

    def wake(self) -> None:
        pass


class Dark:
    """Shows nothing."""

    def show(self, shown: Shown | Fault, elapsed_ms: float) -> None:
        pass


@pytest.fixture
async def venue(tmp_path: Path) -> AsyncIterator[Venue]:
    gateway = await Venue(tmp_path / "gateway.sqlite").start()
    yield gateway
    await gateway.stop()


@pytest.mark.parametrize("text", [token(2), BARCODE, "N-1"], ids=["reissued", "barcode", "number"])
async def test_a_ticket_only_the_gateway_can_name_is_admitted_once(
    venue: Venue, tmp_path: Path, text: str
) -> None:
    barcode = replace(listing(1), key=RING.code_id(BARCODE))
    await venue.apply(listings=(listing(2, ticket=1), barcode))
    identity = Identity(DEVICE, "secret", "localhost:8443", "PEM", FEED.public, CODE_KEY)
    cache = Cache.open(tmp_path / "cache.sqlite", venue.hand.clock, identity, "boot-1")
    for frame in venue.backlog.frames_since(Position("catalogue", 0, 0, 0)):
        cache.knowledge.apply(frame)
    lane = Lane(DEVICE, cache, SlowUpload(venue), Dark(), venue.hand.clock, venue.entropy)
    number = text.startswith("N-")
    symbology = "ean13" if text == BARCODE else None
    first = await lane.take(text, symbology, number=number)
    await lane.take(token(77))
    venue.hand.go(10_000)
    second = await lane.take(text, symbology, number=number)
    cache.close()
    assert isinstance(first, Shown) and first.verdict.passes
    assert isinstance(second, Shown) and not second.verdict.passes
