"""Numbered streams: sealed frames, their digest chain, and the rules of whoever follows them.

What a row means stands in wire/, how frames travel is the link's. The gateway's ledger publishes
with it, devices and whoever else follows a stream check with it.
"""

from validator.feed.chain import StreamHead, begin, cut, extend, snapshot, snapshots
from validator.feed.follower import Accepted, follow, hear, missed
from validator.feed.frame import (
    MAX_PARTS,
    MAX_SEALED_BYTES,
    Cursor,
    Delta,
    Epoch,
    Frame,
    Heartbeat,
    Row,
    Snapshot,
    is_stream,
)
from validator.feed.seal import open_frame, reopen_frame, reseal, seal
from validator.feed.seal_ring import SealRing, Successor, appoint

__all__ = [
    "MAX_PARTS",
    "MAX_SEALED_BYTES",
    "Accepted",
    "Cursor",
    "Delta",
    "Epoch",
    "Frame",
    "Heartbeat",
    "Row",
    "SealRing",
    "Snapshot",
    "StreamHead",
    "Successor",
    "appoint",
    "begin",
    "cut",
    "extend",
    "follow",
    "hear",
    "is_stream",
    "missed",
    "open_frame",
    "reopen_frame",
    "reseal",
    "seal",
    "snapshot",
    "snapshots",
]
