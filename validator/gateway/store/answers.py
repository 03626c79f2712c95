"""Port of the store: what the API answered."""

from __future__ import annotations

from typing import Protocol

from validator.model import CheckInId, Verdict


class Answers(Protocol):
    """Answers to the API's check-ins, by their id."""

    def unheard(self, id: CheckInId) -> bool:
        """Tell whether no answer, event or claim has this id, and nothing was said of it."""
        ...

    def find(self, id: CheckInId) -> tuple[bytes, Verdict] | None:
        """Return the request's digest and the answer."""
        ...

    def put(self, id: CheckInId, request: bytes, verdict: Verdict) -> None:
        """Keep an answer."""
        ...
