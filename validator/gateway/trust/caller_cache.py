"""Who calls often: recognised once, then remembered for as long as devices and users stay."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from validator.gateway.store.port import Store
from validator.gateway.trust.auth import Caller, known
from validator.roles import TYPED


class CallerCache:
    """Callers by their token's hash; all are forgotten by the commit that changes one of them.

    Only tokens that are known are remembered, so there are never more than devices and users have
    had since the start.

    Args:
        store: Where they stand.
        local_hash: Hash of the admin token of this machine.
    """

    def __init__(self, store: Store, local_hash: bytes) -> None:
        self._store = store
        self._local_hash = local_hash
        self._known: dict[bytes, Caller] = {}
        self._version = -1
        self._familiar = {local_hash}

    def familiar(self, hashed: bytes) -> bool:
        """Tell whether a token opened something before, so that it is no guess.

        It may not any more. Passwords, which are shorter, are a guess each time.
        """
        return hashed in self._familiar

    async def known(self, hashed: bytes) -> Caller | None:
        """Return whose token has a hash, see `auth.known`; None = nobody's.

        Raises:
            RetryLater: The store does not answer.
        """
        # Read before the store is: a change in between makes what is found there too old.
        version = self._store.callers_version
        if version != self._version:
            self._known.clear()
            self._version = version
        caller = self._known.get(hashed)
        if caller is None:
            caller = await asyncio.to_thread(self._found, hashed)
            if caller is None:
                self._familiar.discard(hashed)
            elif caller.role not in TYPED:
                self._familiar.add(hashed)
            if caller is not None and version == self._version:
                self._known[hashed] = caller
        return caller

    async def present(self, hashes: Collection[bytes]) -> dict[bytes, Caller]:
        """Return whose tokens have some hashes, as the store has it now.

        Raises:
            RetryLater: The store does not answer.
        """
        return await asyncio.to_thread(self._all_found, hashes)

    def _all_found(self, hashes: Collection[bytes]) -> dict[bytes, Caller]:
        with self._store.reading() as session:
            found = {hashed: known(session, hashed, self._local_hash) for hashed in hashes}
        return {hashed: caller for hashed, caller in found.items() if caller is not None}

    def _found(self, hashed: bytes) -> Caller | None:
        with self._store.reading() as session:
            return known(session, hashed, self._local_hash)
