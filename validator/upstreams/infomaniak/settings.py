"""What the organiser tells of a shop at Infomaniak."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from validator.clock import time_zones
from validator.errors import FixConfig
from validator.upstreams.infomaniak.assumed_api import (
    CANCELLED,
    CURRENCIES,
    LANGUAGES,
    URL,
    USED,
    VALID,
)
from validator.upstreams.infomaniak.types import TicketState

_DAY = re.compile(r"20\d\d-[01]\d-[0-3]\d")


@dataclass(frozen=True, slots=True)
class Settings:
    """One shop. Secrets are never shown.

    Args:
        shop_key: Key without counter access: events, zones, subscriptions.
        counter_key: Key with counter access: tickets and scans.
        authorization: Application password, sent raw; empty = sign in with user and password.
        user: Of the account; only without `authorization`.
        password: Its password.
        url: Base of the API.
        currency: `CHF` or `EUR`.
        language: `fr`, `en` or `de`: of names.
        timezone: IANA time zone of the venue.
        since: Only tickets sold since this day, `YYYY-MM-DD`; empty = all that there ever were.
        events: Numbers of the events that are followed; none = all that the key sees.
        valid: Statuses of a ticket that may enter.
        cancelled: Statuses of one that may not any more.
        used: Statuses of one that has been scanned.

    Raises:
        FixConfig: A value is none that the service knows.
    """

    shop_key: str = field(repr=False)
    counter_key: str = field(repr=False)
    authorization: str = field(default="", repr=False)
    user: str = ""
    password: str = field(default="", repr=False)
    url: str = URL
    currency: str = "CHF"
    language: str = "fr"
    timezone: str = "Europe/Zurich"
    since: str = ""
    events: tuple[int, ...] = ()
    valid: tuple[str, ...] = VALID
    cancelled: tuple[str, ...] = CANCELLED
    used: tuple[str, ...] = USED

    def __post_init__(self) -> None:
        host = urlsplit(self.url)
        if host.scheme != "https" and host.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise FixConfig("`url` must begin with https://, since keys are sent there.")
        if self.url.endswith("/"):
            raise FixConfig("`url` must not end with a slash.")
        for key, value, known in (
            ("currency", self.currency, CURRENCIES),
            ("language", self.language, LANGUAGES),
        ):
            if value not in known:
                raise FixConfig(f"`{key}` is {value!r}; allowed: {', '.join(known)}.")
        if bool(self.authorization) == bool(self.user or self.password):
            raise FixConfig(
                "Give either `authorization_file` (an application password), or `user` and "
                "`password_file`."
            )
        if self.since and not _DAY.fullmatch(self.since):
            raise FixConfig("`since` must be a day, such as 2026-09-01.")
        words = [word.lower() for word in (*self.valid, *self.cancelled, *self.used)]
        twice = sorted({word for word in words if words.count(word) > 1})
        if twice or not self.valid:
            raise FixConfig(
                "`valid`, `cancelled` and `used` must name each status once, and `valid` at least "
                f"one{': ' + ', '.join(twice) if twice else ''}."
            )
        if self.timezone not in time_zones():
            raise FixConfig("`timezone` must be an IANA name, such as Europe/Zurich.")

    def meaning(self, status: str) -> TicketState | None:
        """Return what a status means; None = it is not known."""
        words = {
            TicketState.VALID: self.valid,
            TicketState.CANCELLED: self.cancelled,
            TicketState.USED: self.used,
        }
        return next((state for state, known in words.items() if _said(status, known)), None)

    @property
    def zone(self) -> ZoneInfo:
        """The venue's time zone."""
        return ZoneInfo(self.timezone)


def _said(status: str, words: tuple[str, ...]) -> bool:
    return status.lower() in (word.lower() for word in words)
