"""Every board of lamps shows the latest verdict, tells once that it is lost, and ends dark."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from device.errors import DeviceError
from device.lamps import LAMPS, RelayLamps
from doubles.device.boards import BOARDS, Board, MemoryBoard, board
from scanner.wording.palette import STYLES


@pytest.fixture(params=BOARDS)
def hung(request: pytest.FixtureRequest) -> Iterator[Board]:
    with board(request.param) as made:
        yield made


def unexpected(error: DeviceError) -> None:
    pytest.fail(str(error))


async def seen(what: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not what():  # noqa: ASYNC110 - a lamp tells nobody
            await asyncio.sleep(0.005)


async def test_each_lamp_of_the_palette_lights_its_colours_and_no_others(hung: Board) -> None:
    lamps = RelayLamps(hung.relays, unexpected)
    for style in STYLES.values():
        lamps.show(style.lamp)
        await seen(lambda lamp=style.lamp: hung.closed == LAMPS[lamp][0])  # type: ignore[misc]
    lamps.close()
    await seen(lambda: not hung.closed)


async def test_a_blinking_lamp_goes_out_and_on_again(hung: Board) -> None:
    lamps = RelayLamps(hung.relays, unexpected)
    lamps.show("green_blinking")
    await seen(lambda: hung.closed == {1})
    await seen(lambda: not hung.closed)
    await seen(lambda: hung.closed == {1})
    lamps.show("red")
    await seen(lambda: hung.closed == {3})
    lamps.close()


async def test_the_latest_lamp_counts_however_fast_verdicts_come(hung: Board) -> None:
    lamps = RelayLamps(hung.relays, unexpected)
    for lamp in ("green", "red", "yellow") * 20:
        lamps.show(lamp)
    await seen(lambda: hung.closed == {2})
    lamps.close()


async def test_a_lost_board_is_told_once_in_words(hung: Board) -> None:
    told: list[DeviceError] = []
    lamps = RelayLamps(hung.relays, told.append)
    hung.lose()
    lamps.show("green")
    await seen(lambda: bool(told))
    lamps.show("red")
    lamps.show("green")
    lamps.close()
    lamps.close()
    assert len(told) == 1
    assert "." in str(told[0])


async def test_a_board_that_comes_back_shows_what_counts_now() -> None:
    told: list[DeviceError] = []
    hung = MemoryBoard()
    lamps = RelayLamps(hung, told.append)
    hung.lose()
    lamps.show("red")
    await seen(lambda: bool(told))
    hung.mend()
    await seen(lambda: hung.closed == {3})
    hung.lose()
    lamps.show("green")
    await seen(lambda: len(told) == 2)
    lamps.close()
