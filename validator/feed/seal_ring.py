"""The keys that seal frames, one after the other: each names the next one over its signature.

A follower pins one of them when it joins, and learns the later ones from the publisher. A frame
that any of them sealed is taken, so that a publisher which was put back to an earlier one is still
heard; unless a successor has put an end to all before it, because one of them was stolen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from validator.errors import FrameRefused
from validator.keys import KEY_BYTES, SigningKey, verify

DOMAIN = b"entrance-control/feed-successor/1\0"
"""In front of what is signed: no other signature of ours can pass for an appointment."""

MOST = 256
"""Most keys of one ring."""


@dataclass(frozen=True, slots=True)
class Successor:
    """A key's word that another one follows it.

    Args:
        before: The key that gives it, public half, 32 bytes.
        key: The one that follows, public half, 32 bytes.
        ends: What keys before the new one sealed is taken no more.
        signature: Of `before`, 64 bytes.
    """

    before: bytes
    key: bytes
    ends: bool
    signature: bytes

    @property
    def is_genuine(self) -> bool:
        """Whether the key before it has signed this. Source: RFC 8032 (Ed25519)."""
        return len(self.key) == KEY_BYTES and verify(self.before, self.signature, self._message)

    @property
    def _message(self) -> bytes:
        return DOMAIN + self.before + self.key + bytes([self.ends])


def appoint(before: SigningKey, key: bytes, ends: bool) -> Successor:
    """Have a key name the one that follows it.

    Args:
        before: Which seals until now.
        key: Public half of the next one, 32 bytes.
        ends: Keys before the new one were stolen, or may have been.
    """
    bare = Successor(before.public, key, ends, b"")
    return replace(bare, signature=before.sign(bare._message))


@dataclass(frozen=True, slots=True)
class SealRing:
    """The keys that somebody knows.

    Args:
        first: The first of them, 32 bytes: for a follower the one that it pinned.
        successors: Those that followed, in order.
    """

    first: bytes
    successors: tuple[Successor, ...] = ()

    @property
    def all(self) -> tuple[bytes, ...]:
        """Every key, the first one first."""
        return (self.first, *(each.key for each in self.successors))

    @property
    def accepted(self) -> tuple[bytes, ...]:
        """The keys whose seals are taken, the last one first."""
        found = [self.first]
        for each in self.successors:
            if each.ends:
                found.clear()
            found.append(each.key)
        return tuple(reversed(found))

    def grown(self, successors: Iterable[Successor]) -> SealRing:
        """Return the ring with keys that are new to it.

        Successors that are known, or lead on from a key that is not known here, change nothing.

        Args:
            successors: As somebody told them, in order.

        Raises:
            FrameRefused: One is not signed by the key before it, or that key was given up, or there
                are too many; nothing was learned.
        """
        ring = self
        for each in successors:
            if each.key in ring.all or each.before not in ring.all:
                continue
            if each.before not in ring.accepted:
                raise FrameRefused(
                    "A seal that was given up as stolen names a new one; the old state stays. "
                    "Tell the supervisor."
                )
            if not each.is_genuine:
                raise FrameRefused("A new seal is not signed by the one before; it is not taken.")
            if len(ring.successors) >= MOST - 1:
                raise FrameRefused(f"There are more than {MOST} seals; the old state stays.")
            ring = replace(ring, successors=(*ring.successors, each))
        return ring
