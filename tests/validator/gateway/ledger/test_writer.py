"""Items that are committed together: what one of them does wrong is its own affair."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from doubles.evening import NOW
from doubles.gateway.committer_with_devices import Venue
from validator.errors import FixRequest, RetryLater
from validator.gateway.ledger.unit_of_work import Work
from validator.model import DeviceId

ONE, OTHER = DeviceId("lane-1"), DeviceId("lane-2")


@pytest.fixture
async def venue(tmp_path: Path) -> AsyncIterator[Venue]:
    gateway = await Venue(tmp_path / "gateway.sqlite").start()
    yield gateway
    await gateway.stop()


def boot(work: Work, device: DeviceId, number: int) -> bool:
    return work.session.claims.enter_boot(device, number)


def wrong(work: Work) -> None:
    boot(work, ONE, 9)
    raise FixRequest("no")


def broken(work: Work) -> None:
    boot(work, ONE, 9)
    raise ZeroDivisionError


def twice(work: Work) -> None:
    boot(work, ONE, 9)
    for _ in range(2):
        work.session.devices.invite(b"secret", "", NOW)


@pytest.mark.parametrize(
    ("item", "error"), [(wrong, FixRequest), (broken, RetryLater), (twice, FixRequest)]
)
async def test_one_item_fails_and_the_others_of_its_batch_are_done(
    venue: Venue, item: Callable[[Work], None], error: type[Exception]
) -> None:
    write = venue.committer.write
    answers = await asyncio.gather(
        write(lambda work: boot(work, ONE, 5)),
        write(item),
        write(lambda work: boot(work, OTHER, 5)),
        return_exceptions=True,
    )
    assert answers[0] is True
    assert isinstance(answers[1], error)
    assert answers[2] is True
    assert await write(lambda work: [boot(work, ONE, 5), boot(work, ONE, 4)]) == [True, False]


@pytest.mark.parametrize("item", [wrong, broken, twice])
async def test_an_item_that_fails_by_itself_leaves_nothing(
    venue: Venue, item: Callable[[Work], None]
) -> None:
    with pytest.raises((FixRequest, RetryLater)):
        await venue.committer.write(item)
    assert await venue.committer.write(lambda work: boot(work, ONE, 1))
