"""The keys that seal the streams: the one that does so now, and those before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from validator.errors import FixConfig, FixRequest, WireError
from validator.feed import SealRing, appoint
from validator.feed.seal_ring import MOST
from validator.gateway.host.private_files import key_file, write_private
from validator.keys import KEY_BYTES, SigningKey
from validator.wire.codec import pack, unpack

KEY, RING = "feed.key", "feed.ring"
"""Files: the secret half of the present key, and the public halves of all, once there were two."""

_LONGEST_RING = 64 * 1024


@dataclass(frozen=True, slots=True)
class Change:
    """A key that is on disk and does not seal yet."""

    key: SigningKey
    ring: SealRing


class FeedKeys:
    """Seals frames; may be asked from any thread.

    Args:
        current: Seals now.
        ring: With those before it; None = it is the first.
        folder: Where the next one is written; None = nowhere.
    """

    def __init__(
        self, current: SigningKey, ring: SealRing | None = None, folder: Path | None = None
    ) -> None:
        self._now = Change(current, ring or SealRing(current.public))
        self._folder = folder

    @classmethod
    def open(cls, folder: Path, entropy: Callable[[int], bytes]) -> FeedKeys:
        """Read the keys of a data folder; the first one is made at the first start.

        Raises:
            FixConfig: They can't be read or written, or don't belong together.
        """
        current = SigningKey.from_seed(key_file(folder / KEY, entropy))
        path = folder / RING
        if not path.exists():
            return cls(current, folder=folder)
        try:
            with path.open("rb") as file:
                ring = unpack(SealRing, file.read(_LONGEST_RING))
        except (OSError, WireError) as error:
            raise FixConfig(f"Can't read {path}. Put it back from the backup.") from error
        # A power cut while a key was changed leaves one that nobody has the secret half of.
        while ring.successors and ring.all[-1] != current.public:
            ring = replace(ring, successors=ring.successors[:-1])
        if ring.all[-1] != current.public:
            raise FixConfig(
                f"{KEY} and {RING} in {folder} don't belong together: put both back from the "
                "backup."
            )
        return cls(current, ring, folder)

    @property
    def current(self) -> SigningKey:
        """Seals now."""
        return self._now.key

    @property
    def public(self) -> bytes:
        """Public half of the key that seals now, 32 bytes."""
        return self._now.key.public

    @property
    def ring(self) -> SealRing:
        """All keys."""
        return self._now.ring

    @property
    def has_given_up(self) -> bool:
        """Whether there are keys whose seals are taken no more."""
        return len(self.ring.accepted) < len(self.ring.all)

    def prepare(self, entropy: Callable[[int], bytes], ends: bool) -> Change:
        """Make the next key and write it down; it seals once `use` is called, or at a start.

        Args:
            entropy: Random bytes.
            ends: Those before it may be in others' hands.

        Raises:
            FixConfig: The folder can't be written.
            FixRequest: There were too many already.
        """
        now = self._now
        if len(now.ring.all) >= MOST:
            raise FixRequest(f"The streams had {MOST} keys already; begin a new data folder.")
        seed = entropy(KEY_BYTES)
        key = SigningKey.from_seed(seed)
        successor = appoint(now.key, key.public, ends)
        ring = replace(now.ring, successors=(*now.ring.successors, successor))
        if self._folder is not None:
            write_private(self._folder / RING, pack(ring))
            write_private(self._folder / KEY, seed.hex().encode())
        return Change(key, ring)

    def use(self, change: Change) -> None:
        """Seal with a key that was prepared."""
        self._now = change
