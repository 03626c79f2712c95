"""Verdicts and check-ins as the HTTP API and the commands write them (design section 7)."""

from __future__ import annotations

from typing import Any

from validator.clock import iso
from validator.model import CheckInId, Verdict


def verdict_json(id: CheckInId | None, verdict: Verdict) -> dict[str, Any]:
    """Return a verdict with the agreed names; enum values are lower case.

    Args:
        id: Check-in id; None where nothing was recorded.
        verdict: What was decided.
    """
    use = verdict.first_use
    return {
        "id": id,
        "code": verdict.code.hex() if verdict.code else None,
        "decision": verdict.decision.value,
        "reason": verdict.reason.value,
        "assurance": verdict.assurance.value,
        "ticket": verdict.ticket.number if verdict.ticket else None,
        "count": verdict.count,
        "first_use": {"at": iso(use.at), "gate": use.gate, "seat": use.seat} if use else None,
        "age_s": None if verdict.age_s is None else round(verdict.age_s, 1),
        "next": verdict.next.value,
        "conflict": verdict.conflict,
    }
