"""Infomaniak's ticketing as an upstream, over its SHOP API."""

from validator.upstreams.infomaniak.rate_limit import ApiRateLimit
from validator.upstreams.infomaniak.settings import Settings
from validator.upstreams.infomaniak.upstream import InfomaniakUpstream

__all__ = ["ApiRateLimit", "InfomaniakUpstream", "Settings"]
