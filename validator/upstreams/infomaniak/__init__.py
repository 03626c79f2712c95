"""Infomaniak's ticketing as an upstream, over its SHOP API.

What is assumed of that API and was never seen live stands in one file, `assumed`; nothing here
knows the gateway. Only `validator.upstreams.kinds` enters.
"""

from validator.upstreams.infomaniak.rate_limit import ApiRateLimit
from validator.upstreams.infomaniak.settings import Settings
from validator.upstreams.infomaniak.upstream import InfomaniakUpstream

__all__ = ["ApiRateLimit", "InfomaniakUpstream", "Settings"]
