"""Real photographs of codes: how many are read, and that none is read that is not there."""

import faulthandler
from collections.abc import Callable

import pytest

from device.camera.chain import FrameChain
from device.decoders import available, decode_photo
from device.ports import Gray, Symbol
from doubles.device.decoders import NEEDS_ZBAR
from doubles.device.photographs import FOLDER, MISSING, Score, photographs

Look = Callable[[Gray], list[Symbol]]

DECODERS = available()
RATE = 30
LONGEST_S = 1800.0
SAMPLE = 15
"""Each so many-th file is tried in `make test`."""

CAMERA = 90.0, 93.4
PHOTO = 92.0, 94.7
"""Least percent of a sample, and of all."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (FOLDER / "manifest.json").exists(), reason=MISSING),
    NEEDS_ZBAR,
]


def photo(gray: Gray) -> list[Symbol]:
    return decode_photo(gray, DECODERS)


def film(gray: Gray) -> list[Symbol]:
    """Hold a photograph before a camera for two seconds, or until it is read."""
    chain = FrameChain()
    looks = (chain.look(gray, number / RATE) for number in range(2 * RATE + 1))
    return next((found for found in looks if found), [])


def tried(look: Look, every: int) -> Score:
    score = Score(look.__name__)
    for photograph in photographs(every):
        score.note(photograph, look(photograph.gray()))
    print(
        f"{score.name}: {score.read} of {score.shown}, {score.percent:.2f} %, {score.wrong} wrong"
    )
    return score


@pytest.mark.parametrize(("look", "least"), [(film, CAMERA[0]), (photo, PHOTO[0])])
def test_a_sample_is_read_and_nothing_that_is_not_there(look: Look, least: float) -> None:
    score = tried(look, SAMPLE)
    assert score.shown > 100
    assert score.percent >= least
    assert score.wrong == 0


@pytest.mark.full
@pytest.mark.parametrize(("look", "least"), [(film, CAMERA[1]), (photo, PHOTO[1])])
def test_as_many_are_read_as_were_measured_at_the_beginning(look: Look, least: float) -> None:
    # The suite's patience with a test that hangs is too short for 2,000 photographs.
    faulthandler.dump_traceback_later(LONGEST_S, exit=True, file=2)
    score = tried(look, 1)
    assert score.shown > 1000
    assert score.percent >= least
    assert score.wrong == 0
