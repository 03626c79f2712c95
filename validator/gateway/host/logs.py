"""Log lines: one a line, `key=value`, no code, no name, no secret, no URL's query.

`key=value` (logfmt) and nothing else: people read it in `journalctl` as it is, and collectors
split it without a schema. Under systemd a line begins with its priority, `<3>`, instead of time
and level, which journald keeps beside it: `journalctl -p err` then finds it.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

LOG = logging.getLogger("validator.gateway")

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
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Line(journal))
    logging.getLogger().handlers = [handler]
    logging.getLogger().setLevel(logging.WARNING)
    logging.getLogger("validator").setLevel(logging.INFO)


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
