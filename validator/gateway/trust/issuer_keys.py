"""The keys that sign tickets, as a supervisor sees and changes them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial

from validator.boxoffice import BoxOffice
from validator.errors import FixRequest
from validator.gateway.ledger.committer import Committer
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.model import IssuerKey, KeyState, Serial


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A key, and the valid tickets that the box office knows it to have signed.

    Args:
        key: Its public half.
        listed: Tickets that pass although the key is compromised.
        unlisted: Tickets that the gateway has not listed: a compromised key's are refused.
    """

    key: IssuerKey
    listed: int
    unlisted: int


class IssuerKeys:
    """Looks after the issuer keys of the box office, and of those it was restored without.

    Args:
        committer: Of the gateway's store.
        office: The box office, which holds the private halves.
    """

    def __init__(self, committer: Committer, office: BoxOffice) -> None:
        self._committer = committer
        self._office = office

    async def all(self) -> tuple[IssuerKey, ...]:
        """Return every key, by number.

        Raises:
            RetryLater: The disk can't be read.
        """
        # What was changed a moment ago is in the box office before the gateway has heard of it.
        states = await asyncio.to_thread(self._office.issuer.states)
        known = await self._committer.read(lambda work: dict(work.catalogue.keys))
        return tuple(
            key
            # A box office that was put back to an older backup has forgotten it.
            if key.state is KeyState.COMPROMISED
            else replace(key, state=states.get(kid, key.state))
            for kid, key in sorted(known.items())
        )

    async def use(self, kid: int) -> KeyUse:
        """Return a key, and how many tickets hang on it.

        Args:
            kid: Number of the key.

        Raises:
            FixRequest: There is none with this number.
            RetryLater: The disk can't be read.
        """
        key = next((key for key in await self.all() if key.kid == kid), None)
        if key is None:
            raise _unknown(kid)
        listed = unlisted = 0
        parts = self._office.issuer.sold(kid)
        while part := await asyncio.to_thread(next, parts, ()):
            found = await self._committer.read(partial(_listed, serials=part))
            listed, unlisted = listed + found, unlisted + len(part) - found
        return KeyUse(key, listed, unlisted)

    async def rotate(self) -> int:
        """Have a new key sign from now on; the one before is retired. Return its number.

        Raises:
            RetryLater: The disk does not take it.
            FixConfig: The data folder can't be written.
        """
        return await asyncio.to_thread(self._office.issuer.rotate)

    async def compromise(self, kid: int) -> KeyUse:
        """Mark a key as stolen, for ever; if it signs now, a new one signs from now on.

        The box office tells the gateway after the tickets that it sold before, so that these are
        listed when the key is good for listed tickets only.

        Args:
            kid: Number of the key.

        Raises:
            FixRequest: There is none with this number.
            RetryLater: The disk does not take it.
            FixConfig: The data folder can't be written.
        """
        if kid in await asyncio.to_thread(self._office.issuer.states):
            await asyncio.to_thread(self._office.issuer.compromise, kid)
        else:
            await self._committer.write(partial(_compromise, kid=kid))
        return await self.use(kid)


def _listed(work: UnitOfWork, serials: tuple[Serial, ...]) -> int:
    return len({row.key for row in work.session.listings.of_keys(serials)})


def _compromise(work: UnitOfWork, kid: int) -> None:
    """Mark a key that only the streams tell of: the box office is of an older backup."""
    key = work.catalogue.keys.get(kid)
    if key is None:
        raise _unknown(kid)
    work.put_entries([replace(key, state=KeyState.COMPROMISED)])


def _unknown(kid: int) -> FixRequest:
    return FixRequest(f"There is no issuer key {kid}. See: entrance-gateway keys")
