"""Bodies of requests: bounded in size and time, decoded, and strict about JSON."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from aiohttp import hdrs, web

from validator.errors import FixRequest

WITHIN_S = 30.0
"""Seconds that any body has."""

SLOWEST = 16 * 1024
"""Bytes a second that give a long body more."""

ENCODINGS = "gzip, deflate"
"""What `Content-Encoding` may name. Source: RFC 9110, section 8.4.1."""

_PIECE = 64 * 1024


class TooLarge(FixRequest):
    """A body is beyond its bound: send less at once."""


class TooSlow(FixRequest):
    """A body did not come in time: send it again."""


class UnknownEncoding(FixRequest):
    """A body is encoded in a way that nobody reads here: send it as it is."""


async def body_of(request: web.Request, most: int, within_s: float = WITHIN_S) -> bytes:
    """Read a body.

    Args:
        request: Of a connection that does not decode by itself (`auto_decompress`).
        most: Bytes, decoded.
        within_s: Seconds.

    Raises:
        FixRequest: It can't be read; see `chunks`.
    """
    return b"".join([chunk async for chunk in chunks(request, most, within_s)])


async def chunks(
    request: web.Request, most: int, within_s: float = WITHIN_S
) -> AsyncIterator[bytes]:
    """Read a body piece by piece.

    Args:
        request: Of a connection that does not decode by itself (`auto_decompress`).
        most: Bytes, decoded.
        within_s: Seconds, and one more for each `SLOWEST` bytes.

    Raises:
        TooLarge: It is larger.
        TooSlow: It did not come in time.
        UnknownEncoding: It is encoded in another way than `ENCODINGS`.
        FixRequest: It is not what its headers say.
    """
    decoder = _Decoder(request.headers.getall(hdrs.CONTENT_ENCODING, []))
    until_s = asyncio.get_running_loop().time() + within_s
    size = 0
    while data := await _received(request, until_s):
        until_s += len(data) / SLOWEST
        for piece in decoder.decoded(data):
            size += len(piece)
            if size > most:
                raise TooLarge(f"The body is larger than {most} bytes. Send less at once.")
            yield piece
    decoder.end()


async def _received(request: web.Request, until_s: float) -> bytes:
    try:
        async with asyncio.timeout_at(until_s):
            return await request.content.readany()
    except TimeoutError as error:
        raise TooSlow("The body did not come in time. Send it again.") from error
    except web.RequestPayloadError as error:
        raise FixRequest("The body is not what the request's headers say.") from error


class _Decoder:
    """Undoes `Content-Encoding`.

    Source: RFC 9110, section 8.4; RFC 1950 to 1952.
    """

    def __init__(self, named: Sequence[str]) -> None:
        encodings = [each.strip().lower() for each in ",".join(named).split(",")]
        names = [each for each in encodings if each not in ("", "identity")]
        if len(names) > 1 or not set(names) <= {"gzip", "x-gzip", "deflate"}:
            raise UnknownEncoding(f"'Content-Encoding' may be {ENCODINGS} here, or missing.")
        self._name = names[0].removeprefix("x-") if names else ""
        self._inflate: Any = None

    def decoded(self, data: bytes) -> Iterator[bytes]:
        """Return what some bytes hold, in pieces.

        Raises:
            FixRequest: They are not encoded so.
        """
        if not self._name:
            yield data
            return
        while data:
            if self._inflate is None:
                self._inflate = zlib.decompressobj(wbits=self._window(data))
            elif self._inflate.eof:
                # A gzip may have several members; what follows a deflate is not of it.
                if self._name != "gzip":
                    raise self._broken()
                self._inflate = zlib.decompressobj(wbits=self._window(data))
            try:
                piece = self._inflate.decompress(data, _PIECE)
            except zlib.error as error:
                raise self._broken() from error
            if piece:
                yield piece
            data = self._inflate.unconsumed_tail or self._inflate.unused_data

    def end(self) -> None:
        """Say that nothing more comes.

        Raises:
            FixRequest: Something is missing.
        """
        if self._inflate is not None and not self._inflate.eof:
            raise self._broken()

    def _window(self, data: bytes) -> int:
        if self._name == "gzip":
            return 16 + zlib.MAX_WBITS
        # Many send deflate without the frame that it should have.
        return zlib.MAX_WBITS if data[0] & 0x0F == zlib.DEFLATED else -zlib.MAX_WBITS

    def _broken(self) -> FixRequest:
        return FixRequest(f"The body is no {self._name}, though 'Content-Encoding' says so.")


def parse_json(data: bytes) -> object:
    """Read a body as JSON; an empty one is an empty object.

    Raises:
        FixRequest: It is none, or an object in it has a name twice: which one counts would depend
            on who reads it.

    Source: RFC 8259, section 4.
    """
    try:
        return json.loads(data or b"{}", object_pairs_hook=_once, parse_constant=_none)
    except (ValueError, RecursionError) as error:
        raise FixRequest("The body is no JSON in UTF-8.") from error


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise FixRequest(f"The body: '{twice[:40]}' is there twice.")
    return found


def _none(word: str) -> object:
    raise ValueError(word)
