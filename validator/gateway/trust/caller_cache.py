"""Who calls often: recognised once, then remembered for as long as devices and users stay."""

from __future__ import annotations

from validator.gateway.store.port import Store
from validator.gateway.trust.auth import Caller, recognise, token_hash


class Callers:
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

    def recognise(self, token: str) -> Caller:
        """Find out whose token it is; see `auth.recognise`.

        Raises:
            SignIn: The token is unknown here.
            RetryLater: The store does not answer.
        """
        # Read before the store is: a change in between makes what is found there too old.
        version = self._store.callers_version
        if version != self._version:
            self._known.clear()
            self._version = version
        hashed = token_hash(token)
        caller = self._known.get(hashed)
        if caller is None:
            with self._store.reading() as session:
                caller = recognise(session, token, self._local_hash)
            self._known[hashed] = caller
        return caller
