"""Log lines: one a line, `key=value`, no code, no name, no secret, no URL's query.

`key=value` (logfmt) and nothing else: people read it in `journalctl` as it is, and collectors
split it without a schema. Under systemd a line begins with its priority, `<3>`, instead of time
and level, which journald keeps beside it: `journalctl -p err` then finds it.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TextIO

LOG = logging.getLogger("validator.gateway")

WINDOW_S = 10.0
"""Seconds in which a line that is written again is only counted."""

_MOST_KINDS = 1000
_LONGEST_VALUE = 200

_PRIORITIES = {"critical": 2, "error": 3, "warning": 4, "info": 6, "debug": 7}
"""Source: sd-daemon(3), SD_CRIT to SD_DEBUG."""


def event(what: str, level: int = logging.INFO, **facts: Any) -> None:
    """Log one event.

    Args:
        what: Words joined by underscores, such as `lane_connected`.
        level: As in `logging`.
        facts: Ids, numbers and error types; never a scanned text, a person's name or a token.
    """
    if LOG.isEnabledFor(level):
        parts = [f"{key}={_plain(value)}" for key, value in facts.items() if value is not None]
        LOG.log(level, " ".join([what, *parts]))


def set_up(journal: bool = False) -> None:
    """Send log lines to standard error; libraries speak from warnings up.

    Args:
        journal: Standard error goes to journald.
    """
    handler = Once(logging.StreamHandler(sys.stderr))
    handler.setFormatter(Line(journal))
    logging.getLogger().handlers = [handler]
    logging.getLogger().setLevel(logging.WARNING)
    logging.getLogger("validator").setLevel(logging.INFO)


class Once(logging.Handler):
    """Writes a line once, then counts it: whoever can cause a line can't fill the disk with it.

    What was counted is said after `WINDOW_S`, and at the end: the line again, with `repeated=`.
    Lines of libraries are alike if they have the same words, whatever is put between them; an
    address, for example.

    Args:
        target: Where lines go.
        window_s: Seconds in which a line is counted.
    """

    def __init__(self, target: logging.StreamHandler[TextIO], window_s: float = WINDOW_S) -> None:
        super().__init__()
        self._target = target
        self._window_s = window_s
        self._counted: dict[tuple[object, ...], _Counted] = {}
        self._timer: threading.Timer | None = None

    def setFormatter(self, fmt: logging.Formatter | None) -> None:  # noqa: N802 - logging's name
        """Let lines look so."""
        self._target.setFormatter(fmt)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, or count it."""
        kind = _kind(record)
        counted = self._counted.get(kind)
        if counted is not None:
            counted.last, counted.times = record, counted.times + 1
            return
        if len(self._counted) >= _MOST_KINDS:
            self._tell()
        self._counted[kind] = _Counted()
        self._target.emit(record)
        if self._timer is None:
            self._timer = threading.Timer(self._window_s, self._window_ends)
            self._timer.daemon = True
            self._timer.start()

    def close(self) -> None:
        """Say what was counted, and end."""
        with self._locked():
            if self._timer is not None:
                self._timer.cancel()
            self._tell()
        super().close()

    def _window_ends(self) -> None:
        with self._locked():
            self._timer = None
            self._tell()

    def _tell(self) -> None:
        counted, self._counted = self._counted, {}
        # At the end of a process nobody may be listening any more.
        listening = not self._target.stream.closed
        for kind in counted.values():
            if kind.last is not None and listening:
                kind.last.repeated = kind.times
                self._target.emit(kind.last)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.acquire()
        try:
            yield
        finally:
            self.release()


@dataclass(slots=True)
class _Counted:
    times: int = 0
    last: logging.LogRecord | None = None


def _kind(record: logging.LogRecord) -> tuple[object, ...]:
    ours = record.name == LOG.name
    words = record.getMessage() if ours else str(record.msg).partition("\n")[0]
    error, _, trace = record.exc_info or (None, None, None)
    return record.name, record.levelno, words, error, _place(trace)


class Line(logging.Formatter):
    """Time in UTC, level, then `event=` with its facts, or `from=` and what a part `says=`.

    An exception's text may hold what a guest's ticket said, so only its type and place are told.

    Args:
        journal: Priority instead of time and level.
    """

    def __init__(self, journal: bool = False) -> None:
        super().__init__()
        self._journal = journal

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        text = record.getMessage().replace("\n", " ").replace("\r", " ")
        if record.name == LOG.name:
            text = f"event={text}"
        else:
            text = f"from={record.name} says={json.dumps(text, ensure_ascii=False)}"
        if record.exc_info and record.exc_info[0]:
            text += f" error={record.exc_info[0].__name__} {_place(record.exc_info[2])}"
        if repeated := getattr(record, "repeated", 0):
            text += f" repeated={repeated}"
        level = record.levelname.lower()
        if self._journal:
            return f"<{_PRIORITIES.get(level, 5)}>{text}"
        moment = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        return f"time={moment}Z level={level} {text}"


def _place(trace: Any) -> str:
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f"at={trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"


def _plain(value: Any) -> str:
    text = str(value)[:_LONGEST_VALUE]
    plain = "".join(char if char.isprintable() else " " for char in text)
    return json.dumps(plain) if set(plain) & {" ", '"', "="} or not plain else plain
