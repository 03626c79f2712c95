"""Who calls often: recognised once, then remembered for as long as devices and users stay."""

from __future__ import annotations

import asyncio

from validator.gateway.store.port import Store
from validator.gateway.trust.auth import Caller, SignIn, known, token_hash


class CallerCache:
    """Callers by their token's hash; all are forgotten by the commit that changes one of them.

    Only tokens that are known are remembered, so there are never more than devices and users.

    Args:
        store: Where they stand.
        local_hash: Hash of the admin token of this machine.
    """

    def __init__(self, store: Store, local_hash: bytes) -> None:
        self._store = store
        self._local_hash = local_hash
        self._known: dict[bytes, Caller] = {}
        self._version = -1

    async def recognise(self, token: str) -> Caller:
        """Find out whose token it is.

        Raises:
            SignIn: The token is unknown here.
            RetryLater: The store does not answer.
        """
        caller = await self.known(token_hash(token))
        if caller is None:
            raise SignIn("This token is not known here. Sign in again, or enrol the device anew.")
        return caller

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
            if caller is not None and version == self._version:
                self._known[hashed] = caller
        return caller

    def _found(self, hashed: bytes) -> Caller | None:
        with self._store.reading() as session:
            return known(session, hashed, self._local_hash)
