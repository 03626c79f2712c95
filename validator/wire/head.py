"""Signed heads: whoever keeps a journal says, over its signature, how far it went.

A head makes what came before it undeniable: a row that is altered, deleted, moved or cut off
afterwards no longer leads to the hash that was signed. Devices sign theirs with a key made at
enrolment; the gateway signs its own with the feed key, and its devices keep it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from validator.bounds import LONGEST_ID, Natural, UpTo
from validator.clock import Instant
from validator.feed import Epoch
from validator.keys import SigningKey, verify
from validator.wire.codec import pack

DOMAIN = b"entrance-control/journal-head/1\0"
"""In front of what is signed: no other signature of ours can pass for a head's."""


@dataclass(frozen=True, slots=True)
class Head:
    """How far a journal went.

    Args:
        journal: The device's id; for the gateway `gateway_journal`.
        sequence: Of the last row, from 1.
        hash: Of that row, 32 bytes.
        at: Signer's wall clock.
        signature: Ed25519 over `DOMAIN` and the other fields, 64 bytes.
    """

    journal: Annotated[str, UpTo(LONGEST_ID)]
    sequence: Natural
    hash: Annotated[bytes, UpTo(64)]
    at: Instant
    signature: Annotated[bytes, UpTo(64)] = b""


@dataclass(frozen=True, slots=True)
class Witness:
    """Gateway: keep the head of my journal for me, and show it to me in your telemetry."""

    head: Head


def gateway_journal(epoch: Epoch) -> str:
    """Name the gateway's journal of one life of its store: a restore begins another one."""
    return f"gateway {epoch.counter}-{epoch.random:016x}"


def signed(head: Head, key: SigningKey) -> Head:
    """Return a head with its signature."""
    return replace(head, signature=key.sign(_message(head)))


def genuine(head: Head, *publics: bytes) -> bool:
    """Tell whether a head was signed with the private half of one of these keys (32 bytes)."""
    message = _message(head)
    return any(verify(public, head.signature, message) for public in publics)


def _message(head: Head) -> bytes:
    return DOMAIN + pack((head.journal, head.sequence, head.hash, head.at))
