"""Lines that are repeated are counted, so that nobody can fill the disk with them."""

from __future__ import annotations

import io
import logging
import threading

import pytest

from validator.gateway.host.logs import LOG, Line, Once


class Written(io.StringIO):
    """What was written, and when something more is there."""

    def __init__(self) -> None:
        super().__init__()
        self.more = threading.Condition()

    def write(self, text: str) -> int:
        with self.more:
            self.more.notify_all()
            return super().write(text)

    @property
    def lines(self) -> list[str]:
        """What is said of each line, without its time."""
        return [line.partition(" level=")[2] for line in self.getvalue().splitlines()]


def once(written: Written, window_s: float = 600.0) -> Once:
    handler = Once(logging.StreamHandler(written), window_s)
    handler.setFormatter(Line())
    return handler


def say(handler: Once, text: str, name: str = LOG.name, *values: object) -> None:
    handler.handle(logging.LogRecord(name, logging.WARNING, "", 1, text, values, None))


def test_a_repeated_line_is_written_once_and_its_number_at_the_end() -> None:
    written = Written()
    handler = once(written)
    for _ in range(1000):
        say(handler, "malformed_request error=LineTooLong")
        say(handler, "lane_connected device=a")
    say(handler, "lane_connected device=b")
    handler.close()
    assert written.lines == [
        "warning event=malformed_request error=LineTooLong",
        "warning event=lane_connected device=a",
        "warning event=lane_connected device=b",
        "warning event=malformed_request error=LineTooLong repeated=999",
        "warning event=lane_connected device=a repeated=999",
    ]


def test_the_number_is_said_after_a_while_though_nothing_else_is_logged() -> None:
    written = Written()
    handler = once(written, 0.5)
    say(handler, "alarm")
    say(handler, "alarm")
    with written.more:
        assert written.more.wait_for(lambda: "repeated=" in written.getvalue(), 60)
    assert written.lines[0] == "warning event=alarm"
    assert written.lines[-1] == "warning event=alarm repeated=1"
    handler.close()


@pytest.mark.parametrize("name", ["aiohttp.server", "asyncio"])
def test_lines_of_libraries_are_alike_whatever_stands_in_them(name: str) -> None:
    written = Written()
    handler = once(written)
    for address in range(50):
        say(handler, "Error handling request from %s", name, f"192.0.2.{address}")
        say(handler, f"accept() out of system resource\nsocket: <fd={address}>", name)
    handler.close()
    assert len(written.lines) == 4


def test_errors_at_different_places_are_different_lines() -> None:
    written = Written()
    handler = once(written)
    for word in ("a", "b", "a"):
        try:
            if word == "a":
                raise ValueError(word)
            raise KeyError(word)
        except (KeyError, ValueError) as error:
            trouble = (type(error), error, error.__traceback__)
            handler.handle(logging.LogRecord("x", logging.ERROR, "", 1, "failed", (), trouble))
    handler.close()
    assert ["repeated=" in line for line in written.lines] == [False, False, True]


def test_lines_that_are_all_different_fill_no_memory() -> None:
    written = Written()
    handler = once(written)
    say(handler, "first")
    say(handler, "first")
    for number in range(5000):
        say(handler, f"line_{number}")
    assert "warning event=first repeated=1" in written.lines
    handler.close()


def test_at_the_end_nothing_is_said_to_who_has_stopped_listening(
    capsys: pytest.CaptureFixture[str],
) -> None:
    written = Written()
    handler = once(written)
    for _ in range(2):
        say(handler, "gateway_stopped")
    written.close()
    handler.close()
    assert capsys.readouterr().err == ""
