"""Items that are committed together: what one of them does wrong is its own affair."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial

import pytest

from doubles.evening import NOW
from doubles.gateway.committer_with_devices import CODE_KEY, Venue
from validator.errors import FixRequest, RetryLater
from validator.gateway.ledger.committer import Committed, Committer
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.model import CheckInId, Conflict, DeviceId, Reason

ONE, OTHER = DeviceId("lane-1"), DeviceId("lane-2")
CONFLICT = Conflict(CheckInId("c"), Reason.ALREADY_USED, None, None, ())


def boot(work: UnitOfWork, device: DeviceId, number: int) -> bool:
    return work.session.claims.enter_boot(device, number)


def wrong(work: UnitOfWork) -> None:
    boot(work, ONE, 9)
    raise FixRequest("no")


def broken(work: UnitOfWork) -> None:
    boot(work, ONE, 9)
    raise ZeroDivisionError


def twice(work: UnitOfWork) -> None:
    boot(work, ONE, 9)
    for _ in range(2):
        work.session.devices.invite(b"secret", "", NOW)


@pytest.mark.parametrize(
    ("item", "error"), [(wrong, FixRequest), (broken, RetryLater), (twice, FixRequest)]
)
async def test_one_item_fails_and_the_others_of_its_batch_are_done(
    venue: Venue, item: Callable[[UnitOfWork], None], error: type[Exception]
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
    venue: Venue, item: Callable[[UnitOfWork], None]
) -> None:
    with pytest.raises((FixRequest, RetryLater)):
        await venue.committer.write(item)
    assert await venue.committer.write(lambda work: boot(work, ONE, 1))


def told(work: UnitOfWork) -> bool:
    """Have something for every listener."""
    work.frames += [("catalogue", b"1"), ("uses.5", b"2")]
    work.conflicts.append((CONFLICT, (ONE,)))
    work.journaled = True
    return boot(work, ONE, 5)


def failed(*what: object) -> None:
    raise ZeroDivisionError


async def test_what_is_on_disk_is_answered_and_told_although_a_listener_fails(
    venue: Venue, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Committed] = []

    class Listener:
        def committed(self, what: Committed) -> None:
            heard.append(what)
            failed()

    venue.committer.listen(Listener(), Listener())
    async with asyncio.timeout(30):
        assert all(
            await asyncio.gather(
                venue.committer.write(told),
                venue.committer.write(lambda work: boot(work, OTHER, 5)),
            )
        )
    assert [stream for what in heard for stream, _ in what.frames] == ["catalogue", "uses.5"] * 2
    assert all(what.conflicts == ((CONFLICT, (ONE,)),) and what.journaled for what in heard)
    loud = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.exc_info and record.exc_info[0] for record in loud] == [ZeroDivisionError] * 2


async def test_the_writer_goes_on_although_whoever_counts_its_commits_fails(
    venue: Venue, caplog: pytest.LogCaptureFixture
) -> None:
    committer = Committer(
        venue.store, venue.hand.clock, venue.entropy, venue.feed, CODE_KEY, timed=failed
    )
    await committer.start()
    caplog.clear()
    async with asyncio.timeout(30):
        for number in range(1, 4):
            assert await committer.write(partial(boot, device=ONE, number=number))
    await committer.stop()
    assert [record.exc_info and record.exc_info[0] for record in caplog.records] == [
        ZeroDivisionError
    ] * 3
