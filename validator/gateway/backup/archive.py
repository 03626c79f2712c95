"""The file of a backup: sealed under a passphrase, so that a thief of it has nothing.

A header, then chunks, each sealed by ChaCha20-Poly1305 under one key:

    magic      8 bytes, `ENTRBKUP`
    version    1 byte, 1
    cost       1 byte, log2 of scrypt's N; 0 = no passphrase, the key is known to everybody
    salt       16 bytes
    chunk …    4 bytes length of the sealed chunk, big endian; then the chunk

A chunk's nonce is its number, 11 bytes big endian, and one byte that is 1 for the last chunk only:
chunks can't be left out, put elsewhere, or cut off at the end. The header is bound to all of them.
A salt is drawn anew for each file, and with it the key, so that no nonce is ever used twice.
Inside is a tar archive.

Source: RFC 7914 (scrypt), RFC 8439 (ChaCha20-Poly1305), Hoang et al., "Online Authenticated-
Encryption and its Nonce-Reuse Misuse-Resistance" (2015), STREAM.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from validator.errors import FixConfig, FixRequest

MAGIC = b"ENTRBKUP"
VERSION = 1
SALT_BYTES = 16
COST = 17
"""log2 of N: 128 MiB and about half a second for each guess."""

SHORTEST_PASSPHRASE = 12
"""Characters. A stolen file may be guessed at for years."""

CHUNK_BYTES = 1 << 20
TAG_BYTES = 16

_BLOCK, _LANES = 8, 1
_COSTS = range(14, 21)
_OPEN = b"this backup is not sealed".ljust(32)

DAMAGED = "The backup is damaged or not complete: nothing was restored. Take another copy of it."


class SealedWriter(io.RawIOBase):
    """Writes a sealed file; `finish` makes it whole.

    Args:
        file: Where to.
        passphrase: At least `SHORTEST_PASSPHRASE` characters; None = the file is not secret,
            only proof against damage.
        entropy: Random bytes.

    Raises:
        FixRequest: The passphrase is too short.
    """

    def __init__(
        self, file: IO[bytes], passphrase: str | None, entropy: Callable[[int], bytes]
    ) -> None:
        if passphrase is not None and len(passphrase) < SHORTEST_PASSPHRASE:
            raise FixRequest(
                f"The passphrase has fewer than {SHORTEST_PASSPHRASE} characters: take five words."
            )
        cost = 0 if passphrase is None else COST
        self._file = file
        self._header = MAGIC + bytes((VERSION, cost)) + entropy(SALT_BYTES)
        self._cipher = _cipher(self._header, passphrase)
        self._waiting = bytearray()
        self._number = 0
        file.write(self._header)

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # tarfile writes bytes only
        """Seal bytes; the last of them wait for `finish`."""
        self._waiting += data
        while len(self._waiting) > CHUNK_BYTES:
            self._seal(bytes(self._waiting[:CHUNK_BYTES]), last=False)
            del self._waiting[:CHUNK_BYTES]
        return len(data)

    def finish(self) -> None:
        """Write the last chunk."""
        self._seal(bytes(self._waiting), last=True)

    def _seal(self, data: bytes, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number, last), data, self._header)
        self._file.write(len(sealed).to_bytes(4, "big") + sealed)
        self._number += 1


class SealedReader(io.RawIOBase):
    """Reads what `SealedWriter` wrote; nothing is handed out that was not verified.

    Args:
        file: The backup.
        passphrase: Asked for only if the file needs one.

    Raises:
        FixRequest: It is no backup, is of a newer version, or the passphrase is wrong.
    """

    def __init__(self, file: IO[bytes], passphrase: Callable[[], str]) -> None:
        self._file = file
        header = file.read(len(MAGIC) + 2 + SALT_BYTES)
        if header[: len(MAGIC)] != MAGIC:
            raise FixRequest("This file is no backup of a gateway.")
        if len(header) < len(MAGIC) + 2 + SALT_BYTES:
            raise FixRequest(DAMAGED)
        version, cost = header[len(MAGIC)], header[len(MAGIC) + 1]
        if version > VERSION:
            raise FixRequest(
                "This backup was made by a newer version of the gateway: install that one."
            )
        if version == 0 or (cost and cost not in _COSTS):
            raise FixRequest(DAMAGED)
        self._header = header
        self._cipher = _cipher(header, passphrase() if cost else None)
        self._number = 0
        self._ended = False
        self._ready = b""
        self._sealed = cost > 0
        self._next()

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill a buffer, as any raw stream."""
        if not self._ready and not self._ended:
            self._next()
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def end(self) -> None:
        """Read on to the end, so that a file that was cut off is found out.

        Raises:
            FixRequest: It was.
        """
        while not self._ended:
            self._next()
        if self._file.read(1):
            raise FixRequest(DAMAGED)

    def _next(self) -> None:
        size = int.from_bytes(self._file.read(4), "big")
        sealed = self._file.read(size) if TAG_BYTES <= size <= CHUNK_BYTES + TAG_BYTES else b""
        for last in (False, True):
            try:
                self._ready = self._cipher.decrypt(_nonce(self._number, last), sealed, self._header)
            except (InvalidTag, ValueError):
                continue
            self._ended = last
            self._number += 1
            return
        if self._number == 0 and self._sealed and sealed:
            raise FixRequest("The passphrase is wrong, or the backup is damaged.")
        raise FixRequest(DAMAGED)


def _cipher(header: bytes, passphrase: str | None) -> ChaCha20Poly1305:
    if passphrase is None:
        return ChaCha20Poly1305(_OPEN)
    cost, salt = header[len(MAGIC) + 1], header[len(MAGIC) + 2 :]
    try:
        stretched = Scrypt(salt, 32, 1 << cost, _BLOCK, _LANES).derive(passphrase.encode())
    except MemoryError as error:
        raise FixConfig("This machine has too little memory for the passphrase.") from error
    return ChaCha20Poly1305(stretched)


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes((last,))
