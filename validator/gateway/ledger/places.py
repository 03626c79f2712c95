"""Where a device may reserve entries: at its gate, and for a minute at the one it was sent from.

What it has shown is taken wherever that was; this is about what it has yet to show. A claim that
gets no answer harms no guest: the lane decides alone, as it does without a link.
"""

from __future__ import annotations

from validator.errors import NotAllowed
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.model import DeviceId, Gate


class WrongGate(NotAllowed):
    """A device asks for another gate than its own: assign it there first."""


def need_own_gate(work: UnitOfWork, device: DeviceId, gate: Gate) -> None:
    """Let a device ask for its own gate; people check in wherever they stand.

    Args:
        work: The open transaction.
        device: Who asks.
        gate: Where it says that it is.

    Raises:
        WrongGate: It is elsewhere, by the catalogue that lanes go by.
    """
    place = work.catalogue.assignments.get(device)
    if place is None or place.gate == gate.id:
        return
    if not work.cache.departures.recent(device, gate.id, work.now):
        at = f"at gate {place.gate}" if place.gate else "at no gate"
        raise WrongGate(
            f"This device is {at} and can't let anybody in elsewhere. Put it there first: "
            "entrance-gateway devices assign DEVICE GATE."
        )
