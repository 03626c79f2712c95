"""Every turnstile opens for one person, counts nobody who was there before, and shuts."""

import asyncio
from collections.abc import Iterator

import pytest

from device.errors import DeviceError
from device.turnstile import RelayTurnstile
from doubles.device.boards import BOARDS, Board, board

LONG_S = 10.0


@pytest.fixture(params=BOARDS)
def hung(request: pytest.FixtureRequest) -> Iterator[Board]:
    with board(request.param) as made:
        yield made


async def state(hung: Board, *closed: int) -> None:
    async with asyncio.timeout(10):
        while hung.closed != set(closed):  # noqa: ASYNC110 - a relay tells nobody
            await asyncio.sleep(0.005)


async def seen_open(hung: Board, before: int | None) -> None:
    """Wait until a contact that is asked was seen open: once for its being there, once for us."""
    async with asyncio.timeout(10):
        while before is not None and (hung.looks or 0) < before + 2:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.005)


async def test_who_goes_through_is_counted_and_it_is_shut_behind_them(hung: Board) -> None:
    turnstile = RelayTurnstile(hung.relays, hung.contact)
    for _ in range(2):
        before = hung.looks
        going = asyncio.create_task(turnstile.let_one(LONG_S))
        await state(hung, 1)
        await seen_open(hung, before)
        hung.press()
        assert await asyncio.wait_for(going, LONG_S)
        await state(hung)
    turnstile.close()


async def test_who_turns_round_is_not_counted(hung: Board) -> None:
    turnstile = RelayTurnstile(hung.relays, hung.contact)
    assert not await turnstile.let_one(0.01)
    await state(hung)
    turnstile.close()


async def test_somebody_who_left_before_is_nobodys_passage(hung: Board) -> None:
    turnstile = RelayTurnstile(hung.relays, hung.contact)
    await hung.contact.forget()
    hung.press()
    assert not await turnstile.let_one(0.01)
    turnstile.close()


async def test_a_lost_turnstile_is_an_error_in_words_and_closing_twice_is_closing(
    hung: Board,
) -> None:
    turnstile = RelayTurnstile(hung.relays, hung.contact)
    hung.lose()
    with pytest.raises(DeviceError, match=r"can't be"):
        await turnstile.let_one(0.01)
    turnstile.close()
    turnstile.close()
