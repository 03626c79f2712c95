"""A lane that can't name the ticket yet: its next claim must not take over what it has shown."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from doubles.evening import CATALOGUE, DEVICE, FULL, STUDENT, TONIGHT
from doubles.gateway.committer_with_devices import CODE_KEY, FEED, RING, Venue, listing, token
from offline_cache.cache import Cache
from offline_cache.identity.identity import Identity
from scanner.lane.lane import Lane
from validator.admission import Shown
from validator.gateway.ledger.claims import answer_claim
from validator.model import CheckInId, CheckList, Fault, Reason, Verdict
from validator.wire.messages import ClaimRequest, Position

BARCODE = "4006381333931"


@dataclass
class SlowUpload:
    """A link whose claims are answered and whose journal is still on its way."""

    venue: Venue
    connected: bool = True
    offset_ms: int | None = 0

    async def claim(self, request: ClaimRequest) -> Verdict | None:
        if not self.connected:
            return None
        return await answer_claim(self.venue.committer, DEVICE, request)

    def give_back(self, id: CheckInId) -> None:
        pass

    def wake(self) -> None:
        pass


class Dark:
    """Shows nothing."""

    def show(self, shown: Shown | Fault, elapsed_ms: float) -> None:
        pass


def opened(folder: Path, venue: Venue, *streams: str) -> Cache:
    """Open a lane's cache that has heard of some streams."""
    identity = Identity(DEVICE, "secret", "localhost:8443", "PEM", FEED.public, CODE_KEY)
    cache = Cache.open(folder / "cache.sqlite", venue.hand.clock, identity, "boot-1")
    for stream in ("catalogue", *streams):
        for frame in venue.backlog.frames_since(Position(stream, 0, 0, 0)):
            cache.knowledge.apply(frame)
    return cache


@pytest.mark.parametrize("text", [token(2), BARCODE, "N-1"], ids=["reissued", "barcode", "number"])
async def test_a_ticket_only_the_gateway_can_name_is_admitted_once(
    venue: Venue, tmp_path: Path, text: str
) -> None:
    barcode = replace(listing(1), key=RING.code_id(BARCODE))
    await venue.apply(listings=(listing(2, ticket=1), barcode))
    cache = opened(tmp_path, venue)
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


async def test_an_add_on_that_was_used_alone_is_not_used_again_by_its_tickets_code(
    venue: Venue, tmp_path: Path
) -> None:
    lessons = CheckList(tariffs=(FULL,), addons=True)
    show = replace(CATALOGUE.performances[TONIGHT], check_list=lessons)
    lesson = replace(listing(3, number=None), key=RING.code_id("4006381333948"))
    parent = listing(1, tariff=STUDENT, addons=(lesson.key,))
    await venue.apply(
        entries=(show,), listings=(lesson, replace(parent, key=RING.code_id(BARCODE)))
    )
    cache = opened(tmp_path, venue, f"tickets.{TONIGHT}")
    link = SlowUpload(venue, connected=False)
    lane = Lane(DEVICE, cache, link, Dark(), venue.hand.clock, venue.entropy)
    alone = await lane.take("4006381333948", "ean13")
    venue.hand.go(10_000)
    link.connected = True
    again = await lane.take(BARCODE, "ean13")
    cache.close()
    assert isinstance(alone, Shown) and alone.verdict.passes
    assert isinstance(again, Shown) and again.verdict.reason is Reason.ALREADY_USED
