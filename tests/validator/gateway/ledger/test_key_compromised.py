"""An issuer's key is stolen in the middle of the evening."""

from dataclasses import replace

import pytest

from doubles.gateway.committer_with_devices import FEED, Venue, listing, signing_catalogue, token
from validator.feed import Delta, open_frame
from validator.feed.names import CATALOGUE
from validator.model import IssuerKey, KeyState, Reason
from validator.wire.rows import read_entry


async def test_a_key_found_compromised_passes_listed_tickets_only_from_then_on(
    venue: Venue,
) -> None:
    lane = venue.lane()
    await venue.apply(listings=(listing(1),))
    assert (await lane.claim(lane.scan(token(7)))).passes
    venue.frames.clear()

    stolen = replace(signing_catalogue().keys[1], state=KeyState.COMPROMISED)
    await venue.apply(entries=(stolen,))
    refused = await lane.claim(lane.scan(token(8)))
    assert (refused.passes, refused.reason) == (False, Reason.UNKNOWN_KEY)
    assert (await lane.claim(lane.scan(token(1)))).passes

    told = [open_frame(sealed, FEED.public) for stream, sealed in venue.frames]
    rows = [row for frame in told if isinstance(frame, Delta) for row in frame.rows]
    keys = [read_entry(key, value) for key, value in rows if key.startswith(b"key:") and value]
    assert [key.state for key in keys if isinstance(key, IssuerKey)] == [KeyState.COMPROMISED]


@pytest.mark.parametrize("many", [1, 4_000])
async def test_tickets_that_are_told_with_the_theft_are_listed_first_everywhere(
    venue: Venue, many: int
) -> None:
    stolen = replace(signing_catalogue().keys[1], state=KeyState.COMPROMISED)
    venue.frames.clear()
    await venue.apply(entries=(stolen,), listings=tuple(map(listing, range(1, many + 1))))
    streams = [stream for stream, _ in venue.frames]
    assert streams[-1] == CATALOGUE and CATALOGUE not in streams[:-1]
    assert (await venue.lane().claim(venue.lane().scan(token(many)))).passes
