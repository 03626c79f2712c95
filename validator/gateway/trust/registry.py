"""Devices and users: who is enrolled, where they stand, who may sign in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

from validator.clock import HOUR_MS, Instant
from validator.enrolment import SECRET_BYTES
from validator.errors import FixRequest, NotAllowed
from validator.gateway.ledger.committer import Committer
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.store.devices import DeviceRecord
from validator.gateway.store.users import UserRecord
from validator.gateway.trust.auth import LOCAL_NAME, new_password, new_ref, new_token, token_hash
from validator.gateway.trust.device_ids import REVOKED, lost_id, new_id
from validator.model import Assignment, DeviceId
from validator.roles import TYPED, USERS, Role

CODE_HOURS = 24
"""How long an enrolment code is good for."""

_LONGEST_NAME = 80


class Registry:
    """Changes to devices and users; places go to the lanes through the catalogue.

    Args:
        committer: Stores a change and publishes it in one transaction.
        entropy: Random bytes, for secrets and tokens.
    """

    def __init__(self, committer: Committer, entropy: Callable[[int], bytes]) -> None:
        self._committer = committer
        self._entropy = entropy

    async def invite(self, gate: str) -> tuple[bytes, Instant]:
        """Make a one-time secret.

        Args:
            gate: Where the device will stand; empty = assigned later.

        Returns:
            The secret, and when it expires.

        Raises:
            FixRequest: There is no such gate.
        """
        secret = self._entropy(SECRET_BYTES)

        def job(work: UnitOfWork) -> Instant:
            expires = Instant(work.now + CODE_HOURS * HOUR_MS)
            _known_gate(work, gate)
            work.session.devices.invite(_secret_hash(secret), gate, expires)
            return expires

        return secret, await self._committer.write(job)

    async def enrol(
        self, secret: bytes, name: str, before: str | None = None, key: bytes = b""
    ) -> tuple[DeviceRecord, str]:
        """Take a device in.

        Args:
            secret: From `invite`; good once.
            name: For people.
            before: Id that the device had here; a restored gateway that has lost the device
                gives it back, so that its journal counts.
            key: Public half of the key that signs its journal's heads, 32 bytes; empty = none.

        Returns:
            The device and its token, which is stored nowhere.

        Raises:
            NotAllowed: The secret is unknown, used or expired.
        """
        token, plain_name = new_token(self._entropy), _name(name)

        def job(work: UnitOfWork) -> DeviceRecord:
            devices = work.session.devices
            gate = devices.accept(_secret_hash(secret), work.now)
            if gate is None:
                raise NotAllowed(
                    "This enrolment code is unknown, used or expired. Ask for a new one: "
                    "entrance-gateway devices code."
                )
            id = lost_id(work, before) or new_id(work)
            record = DeviceRecord(id, plain_name, gate, token_hash(token), work.now, key=key)
            return _place(work, record)

        return await self._committer.write(job), token

    async def assign(self, device: str, gate: str) -> DeviceRecord:
        """Give a device another place; empty = none.

        Raises:
            FixRequest: There is no such device or gate, or the device is revoked.
        """

        def job(work: UnitOfWork) -> DeviceRecord:
            _known_gate(work, gate)
            record = _known_device(work, device)
            if record.revoked:
                raise FixRequest(f"{record.id} is revoked. Enrol it again first.")
            work.cache.departures.note(record.id, record.gate, work.now)
            return _place(work, replace(record, gate=gate))

        return await self._committer.write(job)

    async def revoke(self, device: str) -> DeviceRecord:
        """Shut a device out: it may still deliver what it owes, into quarantine.

        Raises:
            FixRequest: There is no such device.
        """

        def job(work: UnitOfWork) -> DeviceRecord:
            record = replace(_known_device(work, device), revoked=True)
            work.session.restoration.write_off(record.id, work.now, REVOKED)
            return _place(work, record)

        return await self._committer.first(job)

    async def write_off(self, device: str, who: str) -> None:
        """Await a device no longer that has not come back since a restore.

        Args:
            device: Its id.
            who: Supervisor who answers for it.

        Raises:
            FixRequest: It is not awaited.
        """

        def job(work: UnitOfWork) -> None:
            restoration = work.session.restoration
            if not restoration.write_off(DeviceId(device), work.now, who):
                awaited = ", ".join(restoration.awaited()) or "none"
                raise FixRequest(
                    f"Device '{device[:40]}' is not awaited; those that are: {awaited}."
                )
            work.cache.forget()

        await self._committer.write(job)

    async def awaited(self) -> tuple[DeviceId, ...]:
        """Return the devices that have yet to give back what a restore lost, by id."""
        return await self._committer.read(lambda work: work.session.restoration.awaited())

    async def devices(self) -> tuple[DeviceRecord, ...]:
        """Return every device, by id."""
        return await self._committer.read(lambda work: work.session.devices.all())

    async def add_user(self, name: str, role: Role) -> str:
        """Let somebody sign in; return the token, stored nowhere, short if it is typed.

        Raises:
            FixRequest: The name is taken, or the role is no user's.
        """
        plain_name = _name(name)
        if role not in USERS:
            raise FixRequest(f"A user is one of {', '.join(sorted(USERS))}; devices are enrolled.")
        token = (new_password if role in TYPED else new_token)(self._entropy)

        def job(work: UnitOfWork) -> None:
            users = work.session.users
            if plain_name == LOCAL_NAME or plain_name in {user.name for user in users.all()}:
                raise FixRequest("This name is taken. Remove that user first, or take another.")
            users.put(UserRecord(plain_name, role.value, token_hash(token)))
            users.refer(plain_name, new_ref(self._entropy), work.now)

        await self._committer.write(job)
        return token

    async def remove_user(self, name: str) -> None:
        """Shut somebody out.

        Raises:
            FixRequest: There is nobody of that name.
        """

        def job(work: UnitOfWork) -> None:
            users = work.session.users
            if name not in {user.name for user in users.all()}:
                raise FixRequest("There is no user of that name.")
            users.remove(name)

        await self._committer.first(job)

    async def users(self) -> tuple[UserRecord, ...]:
        """Return every user, by name."""
        return await self._committer.read(lambda work: work.session.users.all())


def _place(work: UnitOfWork, record: DeviceRecord) -> DeviceRecord:
    work.session.devices.put(record)
    work.put_entries([Assignment(record.id, record.gate, record.revoked)])
    return record


def _known_gate(work: UnitOfWork, gate: str) -> None:
    if gate:
        work.gate(gate)


def _known_device(work: UnitOfWork, device: str) -> DeviceRecord:
    devices = work.session.devices
    record = devices.find(DeviceId(device))
    if record is None:
        known = ", ".join(item.id for item in devices.all()) or "none yet"
        raise FixRequest(f"There is no device '{device[:40]}'; there are: {known}.")
    return record


def _name(name: str) -> str:
    plain = " ".join(name.split())
    if not 1 <= len(plain) <= _LONGEST_NAME or not plain.isprintable():
        raise FixRequest(f"A name has 1 to {_LONGEST_NAME} characters.")
    return plain


def _secret_hash(secret: bytes) -> bytes:
    """Return what is stored of an enrolment secret, which lives a day and is tried online only."""
    return hashlib.sha256(b"enrolment" + secret).digest()
