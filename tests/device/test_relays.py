"""What goes over the wire to a board, and what is never sent."""

import pytest

from device.errors import DeviceError
from device.http_relays import LocalBoard
from device.serial_relays import SerialPort, message
from doubles.device.boards import HttpBoard


@pytest.mark.parametrize(
    ("relay", "closed", "bytes_"),
    [(1, True, "a00101a2"), (1, False, "a00100a1"), (2, True, "a00201a3"), (4, False, "a00400a4")],
)
def test_the_messages_are_those_of_the_boards_sheet(relay: int, closed: bool, bytes_: str) -> None:
    assert message(relay, closed).hex() == bytes_


async def test_the_relays_of_a_board_in_the_network_are_called_by_their_numbers() -> None:
    board = HttpBoard()
    await board.relays.switch(frozenset({3}))
    assert board.calls == [
        "/rpc/Switch.Set?id=0&on=false",
        "/rpc/Switch.Set?id=1&on=false",
        "/rpc/Switch.Set?id=2&on=true",
    ]
    board.end()


@pytest.mark.parametrize(
    "address",
    [
        "https://192.168.0.9",
        "http://",
        "http://192.168.0.9/rpc/Shelly.FactoryReset",
        "http://192.168.0.9?x=1",
        "http://user@192.168.0.9",
        "http://192.168.0.9:99999",
        "http://[::1",
    ],
)
def test_what_is_no_board_is_told(address: str) -> None:
    with pytest.raises(DeviceError, match="http://HOST"):
        LocalBoard.parse(address)


def test_nothing_is_sent_to_the_internet() -> None:
    with pytest.raises(DeviceError, match="on the internet"):
        LocalBoard("8.8.8.8", 80).call("Switch.Set", id=0, on=True)


def test_a_port_that_is_not_there_is_told_in_words() -> None:
    with pytest.raises(DeviceError, match="Plug it in"):
        SerialPort("/dev/ttyNOBOARD").write(b"x")
    with pytest.raises(DeviceError, match="can't be reached"):
        SerialPort("/dev/null").clear_to_send()
