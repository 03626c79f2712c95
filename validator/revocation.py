"""What is refused, in memory: exact for serials, 64-bit digests for codes and tickets.

A filter with false positives would turn guests away, so this is none. Serials have one bit each.
A code or ticket hits by 64 bits of its digest, and a hit is confirmed in the store, which holds
the reason anyway; only a miss is final.
"""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable

import msgpack

from validator.errors import FixRequest, WireError
from validator.model import Ref, Revocation, RevocationKind, Serial

PAGE_SHIFT = 16
PAGE_BYTES = (1 << PAGE_SHIFT) // 8
"""A page holds one bit for each of 65,536 serials, 8 KiB."""

SHELF_SHIFT = 50
"""A shelf holds the ids of which the first 64 - 50 = 14 bits agree, sorted. It is short enough
to insert in place, so that nothing ever has to be merged while guests wait."""

IMAGE_VERSION = 3
CHECK_BYTES = 16
SIZE_BYTES = 8

_U32 = (1 << 32) - 1
_REST = (1 << SHELF_SHIFT) - 1
_NATIVE = array("Q", [1]).tobytes()
_BITS = {kind: 1 << index for index, kind in enumerate(RevocationKind)}
_KINDS = len(_BITS)


class RevocationSet:
    """A set of (target, kind): several kinds may revoke one target, each is lifted by itself.

    About 9 bytes per code or ticket; 8 KiB per kind, scope and 65,536 serials begun. Two ids of
    which 64 bits agree (a chance of 3 in 100 million among a million) share one entry.
    """

    def __init__(self) -> None:
        self._pages: dict[RevocationKind, dict[int, bytearray]] = {}
        self._shelves: dict[int, array[int]] = {}
        self._count = 0

    @classmethod
    def from_rows(cls, rows: Iterable[Revocation]) -> RevocationSet:
        """Build the set from all rows of the cancellation streams.

        Raises:
            FixRequest: As `add`.
        """
        revocations = cls()
        for row in rows:
            revocations.add(row)
        return revocations

    def __len__(self) -> int:
        """Return the number of revocations; a target revoked for two reasons counts twice."""
        return self._count

    def add(self, revocation: Revocation) -> None:
        """Revoke a target for a reason; again is no change.

        Raises:
            FixRequest: The target is a serial, but not of two u32.
        """
        target, kind = revocation.target, revocation.kind
        if not isinstance(target, Serial):
            self._write(_digest(target), _BITS[kind], 0)
            return
        if not (0 <= target.scope <= _U32 and 0 <= target.serial <= _U32):
            raise FixRequest("A serial or its scope is out of range; both are u32.")
        pages, number = self._pages.setdefault(kind, {}), _page(target)
        if number not in pages:
            pages[number] = bytearray(PAGE_BYTES)
        if not _has(pages[number], target.serial):
            _flip(pages[number], target.serial)
            self._count += 1

    def lift(self, target: Ref, kind: RevocationKind) -> None:
        """Take one reason back; others stay. Lifting what is not there is no change."""
        if not isinstance(target, Serial):
            self._write(_digest(target), 0, _BITS[kind])
            return
        page = self._pages.get(kind, {}).get(_page(target))
        if page is not None and _has(page, target.serial):
            _flip(page, target.serial)
            self._count -= 1

    def hits(self, *targets: Ref) -> bool:
        """Tell whether any of the targets is revoked.

        Args:
            targets: Code, serial and ticket of one reading. Exact for serials; for codes and
                tickets True is to be confirmed in the store, False is final.
        """
        for target in targets:
            if isinstance(target, bytes):
                # As `_digest`, whose call alone takes a fifth of a look-up.
                digest = int.from_bytes(target[:8], "big")
            elif isinstance(target, Serial):
                number = _page(target)
                for pages in self._pages.values():
                    page = pages.get(number)
                    if page is not None and _has(page, target.serial):
                        return True
                continue
            else:
                digest = _digest(target)
            shelf = self._shelves.get(digest >> SHELF_SHIFT)
            if shelf is not None:
                entry = (digest & _REST) << _KINDS
                index = bisect_left(shelf, entry)
                # An entry's kinds are its lowest bits, and never none.
                if index < len(shelf) and shelf[index] < entry + (1 << _KINDS):
                    return True
        return False

    def image(self) -> bytes:
        """Return the set as bytes that `from_image` loads in milliseconds, for this machine only.

        It is to be stored in the transaction that fixes the cursors it belongs to.
        """
        pages = [
            (kind.value, number, page)
            for kind, numbered in self._pages.items()
            for number, page in numbered.items()
        ]
        shelves = [(number, memoryview(shelf).cast("B")) for number, shelf in self._shelves.items()]
        head = [
            IMAGE_VERSION,
            _NATIVE,
            [(kind, number) for kind, number, _ in pages],
            [(number, len(entries)) for number, entries in shelves],
            self._count,
        ]
        packed: bytes = msgpack.packb(head)
        size = len(packed).to_bytes(SIZE_BYTES, "big")
        parts = [page for _, _, page in pages] + [entries for _, entries in shelves]
        body = b"".join([size, packed, *parts])
        return _check(body) + body

    @classmethod
    def from_image(cls, image: bytes) -> RevocationSet:
        """Load what `image` returned.

        Raises:
            WireError: It is damaged or of another version or kind of machine; build the set
                `from_rows`.
        """
        check, body = image[:CHECK_BYTES], memoryview(image)[CHECK_BYTES:]
        if check != _check(body):
            raise WireError("The image of the cancelled tickets is damaged; build it from rows.")
        size, rest = int.from_bytes(body[:SIZE_BYTES], "big"), body[SIZE_BYTES:]
        head = msgpack.unpackb(rest[:size])
        if head[:2] != [IMAGE_VERSION, _NATIVE]:
            raise WireError("The image of the cancelled tickets is of another version.")
        pages, shelves, count = head[2:]
        loaded = cls._of_parts(pages, shelves, rest[size:])
        loaded._count = count
        return loaded

    @classmethod
    def _of_parts(
        cls, pages: list[tuple[str, int]], shelves: list[tuple[int, int]], rest: memoryview
    ) -> RevocationSet:
        revocations, start = cls(), 0
        for kind, number in pages:
            page = bytearray(rest[start : start + PAGE_BYTES])
            revocations._pages.setdefault(RevocationKind(kind), {})[number] = page
            start += PAGE_BYTES
        for number, size in shelves:
            shelf = revocations._shelves[number] = array("Q")
            shelf.frombytes(rest[start : start + size])
            start += size
        return revocations

    def _write(self, digest: int, more: int, less: int) -> None:
        """Change the kinds of an id: `more` bits are set, `less` bits are cleared."""
        shelf = self._shelves.setdefault(digest >> SHELF_SHIFT, array("Q"))
        entry = _entry(digest)
        index = bisect_left(shelf, entry)
        there = index < len(shelf) and shelf[index] >> _KINDS == entry >> _KINDS
        before = shelf[index] - entry if there else 0
        after = (before | more) & ~less
        if there and after:
            shelf[index] = entry | after
        elif there:
            del shelf[index]
        elif after:
            shelf.insert(index, entry | after)
        self._count += after.bit_count() - before.bit_count()


def _page(target: Serial) -> int:
    """Return the number of a serial's page; scopes never share one."""
    return target.scope << 32 | target.serial >> PAGE_SHIFT


def _has(page: bytearray, serial: int) -> int:
    return page[serial >> 3 & PAGE_BYTES - 1] >> (serial & 7) & 1


def _flip(page: bytearray, serial: int) -> None:
    page[serial >> 3 & PAGE_BYTES - 1] ^= 1 << (serial & 7)


def _digest(target: bytes | str) -> int:
    """Return 64 bits of an id; a code's id is a digest already."""
    if isinstance(target, bytes):
        return int.from_bytes(target[:8], "big")
    text = target.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")


def _entry(digest: int) -> int:
    """Return how an id stands on its shelf, its kinds (the lowest bits) still empty."""
    return (digest & _REST) << _KINDS


def _check(body: bytes | memoryview) -> bytes:
    return hashlib.blake2b(body, digest_size=CHECK_BYTES).digest()
