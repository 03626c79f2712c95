"""Sealing frames with the gateway's feed key, and opening them.

A sealed frame is the 64-byte Ed25519 signature over `DOMAIN + body`, then the body: one msgpack
array in shortest form. Nothing of a body is read before its seal has been verified, so sealed
frames may come by any road: the link, a USB stick, another gateway.

    delta      ["d", stream, counter, random, sequence, previous, [key, value or nil, …]]
    snapshot   ["s", stream, counter, random, sequence, digest, part, parts,
                zlib of [key, value, …]]
    heartbeat  ["h", counter, random, now, [stream, sequence, …], [source, as of, …]]

Source: RFC 8032 (Ed25519), RFC 1950 (zlib), the msgpack specification.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, cast

import msgpack

from validator.clock import Instant
from validator.errors import FixRequest, FrameRefused
from validator.feed.frame import (
    MAX_ROWS,
    MAX_ROWS_BYTES,
    MAX_SEALED_BYTES,
    Cursor,
    Delta,
    Epoch,
    Frame,
    Heartbeat,
    Row,
    Snapshot,
    fault,
)
from validator.keys import SIGNATURE_BYTES, SigningKey, verify

DOMAIN = b"entrance-control/feed/1\0"
"""In front of every body that is signed: no other signature of ours can pass for a frame's."""


def seal(frame: Frame, key: SigningKey) -> bytes:
    """Encode and sign a frame; the same frame always gives the same bytes.

    Args:
        frame: Delta (see `extend`), snapshot or heartbeat.
        key: The gateway's feed key.

    Raises:
        FixRequest: The frame keeps no proper form, or is too large: cut it (see `cut`).
    """
    wrong = fault(frame)
    if wrong:
        raise FixRequest(f"The {_kind(frame)} can't be published: {wrong}.")
    if isinstance(frame, Snapshot):
        rows = _pack(_flat(frame.rows))
        _check_size(frame, len(rows), MAX_ROWS_BYTES)
        body = _snapshot_body(frame, zlib.compress(rows))
    else:
        body = _body(frame)
    _check_size(frame, SIGNATURE_BYTES + len(body), MAX_SEALED_BYTES)
    return key.sign(DOMAIN + body) + body


def open_frame(sealed: bytes, *publics: bytes) -> Frame:
    """Verify and read a sealed frame; whatever the bytes, the answer is a frame or the error.

    Args:
        sealed: From anywhere, at most `MAX_SEALED_BYTES`.
        publics: Public halves of keys of the gateway's feed, 32 bytes each; the likeliest first.

    Raises:
        FrameRefused: It is too large, sealed by none of these, or keeps no proper form.
    """
    if len(sealed) > MAX_SEALED_BYTES:
        raise FrameRefused(
            f"A frame of {len(sealed)} bytes is over the limit of {MAX_SEALED_BYTES}; "
            "the old state stays."
        )
    signature, body = sealed[:SIGNATURE_BYTES], sealed[SIGNATURE_BYTES:]
    if not any(verify(public, signature, DOMAIN + body) for public in publics):
        raise FrameRefused(
            "A frame is not sealed by this venue's gateway; the old state stays. "
            "If the gateway was restored from before its seal was given up as stolen, enrol this "
            "device again."
        )
    return _opened(body)


def reopen_frame(sealed: bytes) -> Frame:
    """Read a frame that was opened before and has lain on this machine's own disk since.

    Raises:
        FrameRefused: It keeps no proper form.
    """
    return _opened(sealed[SIGNATURE_BYTES:])


def reseal(sealed: bytes, key: SigningKey) -> bytes:
    """Return a frame of one's own under another seal."""
    body = sealed[SIGNATURE_BYTES:]
    return key.sign(DOMAIN + body) + body


def _opened(body: bytes) -> Frame:
    try:
        frame = _read(body)
    except (ValueError, TypeError, zlib.error, msgpack.UnpackException) as error:
        raise FrameRefused("A frame can't be read; the old state stays.") from error
    wrong = fault(frame)
    if wrong:
        raise FrameRefused(f"A {_kind(frame)} is refused, {wrong}; the old state stays.")
    if not isinstance(frame, Snapshot) and _body(frame) != body:
        raise FrameRefused(f"A {_kind(frame)} is not in its one form; the old state stays.")
    return frame


def chain_digest(delta: Delta) -> bytes:
    """Return the chain digest after a delta: SHA-256 of the digest before and of its body."""
    return hashlib.sha256(delta.previous + _body(delta)).digest()


def _kind(frame: Frame) -> str:
    return type(frame).__name__.lower()


def _check_size(frame: Frame, size: int, limit: int) -> None:
    if size > limit:
        raise FixRequest(
            f"A {_kind(frame)} of {size} bytes is over the limit of {limit}; cut it into smaller "
            "changes, or the stream into more scopes."
        )


def _pack(value: Any) -> bytes:
    return cast(bytes, msgpack.packb(value, use_bin_type=True))


def _unpack(data: bytes) -> Any:
    return msgpack.unpackb(data, raw=False, max_array_len=2 * MAX_ROWS)


def _flat(rows: Iterable[Row]) -> list[bytes | None]:
    return list(chain.from_iterable(rows))


def _sorted(values: Mapping[str, int]) -> list[str | int]:
    return list(chain.from_iterable(sorted(values.items())))


def _body(frame: Delta | Heartbeat) -> bytes:
    if isinstance(frame, Heartbeat):
        names = _sorted(frame.sequences), _sorted(frame.as_of)
        return _pack(["h", *frame.epoch, frame.now, *names])
    epoch, sequence = frame.cursor
    return _pack(["d", frame.stream, *epoch, sequence, frame.previous, _flat(frame.rows)])


def _snapshot_body(frame: Snapshot, rows: bytes) -> bytes:
    epoch, sequence = frame.cursor
    place = (frame.part, frame.parts)
    return _pack(["s", frame.stream, *epoch, sequence, frame.digest, *place, rows])


def _read(body: bytes) -> Frame:
    match _unpack(body):
        case ["d", stream, counter, random, sequence, previous, list(rows)]:
            cursor = Cursor(Epoch(counter, random), sequence)
            return Delta(stream, cursor, previous, _pairs(rows))
        case ["s", stream, counter, random, sequence, digest, part, parts, bytes(squeezed)]:
            cursor = Cursor(Epoch(counter, random), sequence)
            raw = _inflate(squeezed)
            frame = Snapshot(stream, cursor, digest, _pairs(_unpack(raw)), part, parts)
            # Another zlib may squeeze the same rows otherwise, so the one form is that of
            # the rows and of what stands around them.
            if _pack(_flat(frame.rows)) != raw or _snapshot_body(frame, squeezed) != body:
                raise ValueError("not in its one form")
            return frame
        case ["h", counter, random, now, list(sequences), list(as_of)]:
            times: dict[str, Instant] = dict(_pairs(as_of))
            return Heartbeat(Epoch(counter, random), now, dict(_pairs(sequences)), times)
    raise ValueError("unknown kind")


def _pairs(flat: Any) -> tuple[Any, ...]:
    if not isinstance(flat, list):
        raise ValueError("no list of pairs")
    return tuple(zip(flat[::2], flat[1::2], strict=True))


def _inflate(squeezed: bytes) -> bytes:
    stream = zlib.decompressobj()
    rows = stream.decompress(squeezed, MAX_ROWS_BYTES)
    if not stream.eof or stream.unused_data:
        raise ValueError("cut short, too large, or more than one stream")
    return rows
