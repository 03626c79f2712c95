"""Who is calling: bearer tokens of devices and users, kept as hashes only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass

from validator.errors import NotAllowed
from validator.gateway.store.port import Session
from validator.model import DeviceId
from validator.roles import Role as Role

LOCAL_NAME = "local"
"""Name of whoever can read the admin token in the data folder."""

_LONGEST_TOKEN = 200

_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No letter that looks like a digit. Source: Crockford's base 32."""


class SignIn(NotAllowed):
    """No token, or none that is known here: sign in or enrol."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody whose token is known.

    Args:
        name: Of the user, or the device's id.
        role: What it may do.
        revoked: A device that may only deliver what it owes.
        ref: Random name of the user for the journal, which holds no names.
    """

    name: str
    role: Role
    revoked: bool = False
    ref: str = LOCAL_NAME

    @property
    def device(self) -> DeviceId:
        """Name under which its check-ins stand in the journal."""
        return DeviceId(self.name if self.role is Role.DEVICE else f"api:{self.ref}")


def new_token(entropy: Callable[[int], bytes]) -> str:
    """Make a token of 256 bits, printable."""
    return base64.urlsafe_b64encode(entropy(32)).decode().rstrip("=")


def new_password(entropy: Callable[[int], bytes]) -> str:
    """Make a token of 80 bits for people to type, such as `H7QM-3XAT-9RWP-KJ4D`."""
    signs = "".join(_SIGNS[byte % 32] for byte in entropy(16))
    return "-".join(signs[place : place + 4] for place in range(0, 16, 4))


def typed(password: str) -> str:
    """Return a typed password as it was made: case, blanks and dashes do not matter.

    Anything else is returned as it is; it may be a token.
    """
    signs = re.sub(r"[\s-]", "", password).upper()
    if len(signs) != 16 or not set(signs) <= set(_SIGNS):
        return password.strip()
    return "-".join(signs[place : place + 4] for place in range(0, 16, 4))


def new_ref(entropy: Callable[[int], bytes]) -> str:
    """Make a user's reference for the journal, of 64 bits."""
    return entropy(8).hex()


def token_hash(token: str) -> bytes:
    """Return what is stored of a token; it has 256 random bits, so one SHA-256 is enough."""
    return hashlib.sha256(token.encode()).digest()


def bearer(header: str | None) -> str:
    """Take the token out of an `Authorization` header.

    Raises:
        SignIn: There is none.

    Source: RFC 6750, section 2.1.
    """
    scheme, _, token = (header or "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token.isascii() or not 0 < len(token) <= _LONGEST_TOKEN:
        raise SignIn("Sign in: send your token as `Authorization: Bearer TOKEN`.")
    return token


def bearer_or_password(header: str | None) -> str:
    """Take the token out of an `Authorization` header, also where only an address can be given.

    A webhook that is told to call `https://wake:TOKEN@gateway/…` sends it as a password.

    Raises:
        SignIn: There is none.

    Source: RFC 7617, section 2.
    """
    scheme, _, given = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return bearer(header)
    try:
        return base64.b64decode(given.strip(), validate=True).decode().partition(":")[2]
    except ValueError as error:
        raise SignIn("Sign in: what was sent as name and password can't be read.") from error


def known(session: Session, hashed: bytes, local_hash: bytes) -> Caller | None:
    """Return whose token has a hash; None = nobody's.

    Tokens are looked up by their hash, so the time it takes tells nothing about a stored token;
    what was found is compared once more in constant time.

    Args:
        session: The store.
        hashed: From `token_hash`.
        local_hash: Hash of the admin token of this machine.
    """
    if hmac.compare_digest(hashed, local_hash):
        return Caller(LOCAL_NAME, Role.SUPERVISOR)
    device = session.devices.of_token(hashed)
    if device and hmac.compare_digest(device.token_hash, hashed):
        return Caller(device.id, Role.DEVICE, device.revoked)
    user = session.users.of_token(hashed)
    if user and hmac.compare_digest(user.token_hash, hashed) and user.role in list(Role):
        return Caller(user.name, Role(user.role), ref=user.ref)
    return None
