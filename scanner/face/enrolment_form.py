"""How a device with a screen becomes known: by a picture that it sees, or a code that is typed."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from offline_cache.errors import (
    AskNewCode,
    CacheError,
    CheckNetwork,
    EnrolAgain,
    LookWhoAnswers,
    WaitAMinute,
)
from offline_cache.identity.enrolment import address_of, enrol
from offline_cache.identity.identity import Identity
from offline_cache.identity.vault import Vault
from validator.enrolment import read_enrolment_code, read_invitation
from validator.errors import FixRequest


class Said(StrEnum):
    """What the page of enrolment says; each has its words in every language."""

    HINT = "hint"
    MISTYPED = "mistyped"
    ADDRESS = "address"
    SPENT = "spent"
    STRANGER = "stranger"
    UNREACHABLE = "unreachable"
    WAIT = "wait"
    FOREIGN = "foreign"
    FAILED = "failed"


REASONS: tuple[tuple[type[CacheError], Said], ...] = (
    (AskNewCode, Said.SPENT),
    (LookWhoAnswers, Said.STRANGER),
    (CheckNetwork, Said.UNREACHABLE),
    (WaitAMinute, Said.WAIT),
)


@dataclass(slots=True)
class EnrolmentForm:
    """What was typed so far, and what became of it.

    Args:
        known: File of the identity.
        vault: Opens it; None = as the platform does.
        name: What people call this device; empty = as its host is named.

    Attributes:
        changed: Called after every change.
        address: Of the gateway, as typed.
        code: As typed.
        said: What stands on the page.
        busy: The gateway is being asked.
        wanted: Somebody waits for an identity.
    """

    known: Path
    vault: Vault | None = None
    name: str = ""
    changed: Callable[[], None] = lambda: None
    address: str = ""
    code: str = field(default="", repr=False)
    said: Said = Said.HINT
    busy: bool = False
    wanted: bool = False
    _joined: asyncio.Event = field(default_factory=asyncio.Event)

    async def identity(self) -> Identity:
        """Return who the device is; waits until somebody has enrolled it."""
        while (identity := self._load()) is None:
            self._joined.clear()
            self.wanted = True
            self.changed()
            await self._joined.wait()
        self.wanted = False
        return identity

    async def read(self, text: str) -> None:
        """Take in what a camera or scanner read: an invitation is followed at once."""
        if self.busy:
            return
        try:
            invited = read_invitation(text)
        except FixRequest:
            self._say(Said.FOREIGN)
            return
        self.address, self.code = invited.address, invited.code
        await self._join(invited.pin)

    async def join(self) -> None:
        """Enrol with what was typed."""
        if not self.busy:
            await self._join(b"")

    async def _join(self, pin: bytes) -> None:
        said = self._mistake()
        if said is None:
            self.busy = True
            self.changed()
            said = await self._enrolled(pin)
            self.busy = False
        self._say(said)
        if said is Said.HINT:
            self.code = ""
            self._joined.set()

    def _mistake(self) -> Said | None:
        try:
            read_enrolment_code(self.code)
        except FixRequest:
            return Said.MISTYPED
        try:
            address_of(self.address)
        except FixRequest:
            return Said.ADDRESS
        return None

    async def _enrolled(self, pin: bytes) -> Said:
        name = self.name or socket.gethostname()
        try:
            self.known.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            identity = await enrol(self.code, self.address, name, self._load(), pin)
            identity.save(self.known, self.vault)
        except CacheError as error:
            return next((said for kind, said in REASONS if isinstance(error, kind)), Said.FAILED)
        except OSError:
            return Said.FAILED
        return Said.HINT

    def _load(self) -> Identity | None:
        try:
            return Identity.load(self.known, vault=self.vault)
        except EnrolAgain:
            return None

    def _say(self, said: Said) -> None:
        self.said = said
        self.changed()
