"""Log lines: one a line, `key=value`, no code, no name, no secret, no URL's query."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

LOG = logging.getLogger("validator.gateway")

_LONGEST_VALUE = 200


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


def set_up() -> None:
    """Send log lines to standard error; libraries speak from warnings up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Line())
    logging.getLogger().handlers = [handler]
    logging.getLogger().setLevel(logging.WARNING)
    logging.getLogger("validator").setLevel(logging.INFO)


class Line(logging.Formatter):
    """Time in UTC, level, message; an exception is its type and place, never its text.

    An exception's text may hold what a guest's ticket said, so a traceback stays out.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        moment = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        text = record.getMessage().replace("\n", " ").replace("\r", " ")
        if record.exc_info and record.exc_info[0]:
            text += f" error={record.exc_info[0].__name__} {_place(record.exc_info[2])}"
        return f"{moment}Z {record.levelname.lower()} {text}"


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
