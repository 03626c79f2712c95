"""Pictures made to keep a decoder busy."""

import asyncio
from collections.abc import Callable

import numpy as np
import pytest

from device.decoders import available, decode_picture
from device.ports import Gray

LONGEST_WAIT_S = 60.0
HEIGHT, WIDTH = 720, 1280


def noise() -> Gray:
    return np.random.default_rng(7).integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8)


def chequers() -> Gray:
    rows, columns = np.indices((HEIGHT, WIDTH))
    return ((rows // 3 + columns // 3) % 2 * 255).astype(np.uint8)


def stripes() -> Gray:
    _, columns = np.indices((HEIGHT, WIDTH))
    return (columns // 2 % 2 * 255).astype(np.uint8)


def finders() -> Gray:
    """Return nothing but the corner marks of a matrix code."""
    ring = np.zeros((8, 8), dtype=np.uint8)
    ring[7, :] = ring[:, 7] = 255
    ring[1:6, 1:6] = 255
    ring[2:5, 2:5] = 0
    return np.tile(ring, (HEIGHT // 8, WIDTH // 8))


@pytest.mark.parametrize("made", [noise, chequers, stripes, finders])
async def test_peer_fault_17_no_picture_keeps_a_decoder_for_ever(made: Callable[[], Gray]) -> None:
    picture = made()
    found = await asyncio.wait_for(
        asyncio.to_thread(decode_picture, picture, available()), LONGEST_WAIT_S
    )
    assert len(found) < 100
