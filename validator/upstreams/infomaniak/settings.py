"""What the organiser tells of a shop at Infomaniak."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from validator.upstreams.infomaniak.assumed import CANCELLED, URL, USED, VALID


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
        valid: Statuses of a ticket that may enter, lower case.
        cancelled: Statuses of one that may not any more.
        used: Statuses of one that has been scanned.
    """

    shop_key: str = field(repr=False)
    counter_key: str = field(repr=False)
    authorization: str = field(default="", repr=False)
    user: str = field(default="", repr=False)
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

    @property
    def zone(self) -> ZoneInfo:
        """The venue's time zone."""
        return ZoneInfo(self.timezone)
