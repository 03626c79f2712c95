"""The venue's own certificate authority, and the certificate that the gateway shows to devices.

The authority can say nothing about anybody else: its certificate permits private addresses, names
on the local network, the machine's own name and what is configured. The gateway's certificate lasts
a year and is renewed while the gateway runs.

A renewed authority is known to whoever trusts one before it: the gateway shows, beside its own
certificate, that of each authority after the first, signed by the one before. All of them have the
same name, so these certificates are self-issued and count in no limit of a path's length.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from validator.clock import Clock, Instant
from validator.enrolment import TLS_NAME, authority_key_hash
from validator.errors import FixConfig
from validator.gateway.host.logs import event
from validator.gateway.host.private_files import private_folder, write_private

CERTIFICATE, KEY, CROSSED, SUCCESSOR = "ca.pem", "ca.key", "crossed.pem", "successor.pem"
"""Files of the authority; `crossed.pem` is there once it was renewed, `successor.pem` for a moment
meanwhile: all of the three in one, so that they change together."""

LEAF_DAYS = 397
"""Days that the gateway's certificate is good for, a day in the past among them. Source:
CA/Browser Forum, Baseline Requirements, section 6.3.2; Apple refuses more than 825 days of an
authority that people have added (support.apple.com/103769)."""

PRIVATE = tuple(
    map(
        ipaddress.ip_network,
        (
            *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8"),
            *("fc00::/7", "fe80::/10", "::1/128"),
        ),
    )
)
"""Addresses that every authority permits. Source: RFC 1918, RFC 3927, RFC 4193, RFC 4291."""

LOCAL = (TLS_NAME, "localhost", "local")
"""Names that every authority permits, with all below them. Source: RFC 6761, RFC 6762."""

_EARLIEST, _LATEST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_AUTHORITY_LASTS = timedelta(days=365 * 30)
_DAY = timedelta(days=1)

_EVERY_S = 3600.0
"""How often it is looked whether the certificate is to be renewed."""

FindNames = Callable[[], Iterable[str]]
"""Returns host names and addresses, as they are now."""


class Authority:
    """What devices pin; made by `open_authority`.

    Its methods wait for the disk, but for `reload`.

    Args:
        folder: Of its files.
        names: Finds the gateway's names and addresses.
        configured: More of them.
    """

    def __init__(self, folder: Path, names: FindNames, configured: Iterable[str]) -> None:
        self._folder = folder
        self._names = names
        self._configured = tuple(configured)
        self._contexts: list[ssl.SSLContext] = []
        self._turn = threading.Lock()
        self._read()

    @property
    def pem(self) -> bytes:
        """The authority's certificate, which devices get that enrol now."""
        return self._certificate.public_bytes(Encoding.PEM)

    @property
    def key_hash(self) -> bytes:
        """SHA-256 of the authority's public key, 32 bytes; its start stands in enrolment codes."""
        return authority_key_hash(self.pem)

    @property
    def leaf(self) -> Path:
        """PEM file of the gateway's certificate, and of those that lead to earlier authorities."""
        return self._folder / "leaf.pem"

    @property
    def leaf_key(self) -> Path:
        """PEM file of its key, 0600."""
        return self._folder / "leaf.key"

    def context(self) -> ssl.SSLContext:
        """Return the listener's TLS settings: version 1.2 or newer, no client certificates.

        They show what is renewed later, too, once `reload` was called.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.leaf, self.leaf_key)
        self._contexts.append(context)
        return context

    def reload(self) -> None:
        """Show the present certificate to whoever connects from now on.

        To be called in the event loop's thread, where connections begin.
        """
        for context in self._contexts:
            context.load_cert_chain(self.leaf, self.leaf_key)

    def is_due(self, now: Instant) -> bool:
        """Tell whether the gateway's certificate is to be renewed.

        It is in its last third, if a clock was set back to before its first day, and if the gateway
        has other names or addresses than it says.

        Args:
            now: Gateway's wall clock.
        """
        try:
            (leaf, *_) = x509.load_pem_x509_certificates(self.leaf.read_bytes())
        except (OSError, ValueError):
            return True
        begins, ends = leaf.not_valid_before_utc, leaf.not_valid_after_utc
        shown = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        good = begins <= _moment(now) < ends - (ends - begins) / 3
        return not good or list(shown) != self._alternatives()

    def renew(self, now: Instant) -> None:
        """Make a new certificate of the gateway; names that are not permitted are left out.

        Args:
            now: Gateway's wall clock.

        Raises:
            FixConfig: The folder can't be written.
        """
        with self._turn:
            self._renew(now)

    def succeed(self, now: Instant) -> None:
        """Make a new authority that those vouch for which were before it.

        Devices stay enrolled; those that enrol from now on pin the new one. It permits what the one
        before does, or, if that permits every name, what a new one would.

        Args:
            now: Gateway's wall clock.

        Raises:
            FixConfig: The folder can't be written.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        with self._turn:
            # What the one before does not permit, its devices refuse whatever the new one says.
            permitted = constraints_of(self._certificate) or _permitted(
                self._names(), self._configured
            )
            maker = _AuthorityMaker(self._certificate.subject, key, _moment(now), permitted)
            certificates = (maker.signed_by(key), maker.signed_by(self._key), *self._crossed)
            pem = b"".join(each.public_bytes(Encoding.PEM) for each in certificates)
            write_private(self._folder / SUCCESSOR, _key_pem(key) + pem)
            _move_in(self._folder)
            self._read()
            self._renew(now)

    def _renew(self, now: Instant) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = self._sign_leaf(key, _moment(now), self._alternatives())
        crossed = b"".join(each.public_bytes(Encoding.PEM) for each in self._crossed)
        write_private(self.leaf_key, _key_pem(key))
        write_private(self.leaf, leaf.public_bytes(Encoding.PEM) + crossed)

    def _read(self) -> None:
        folder = self._folder
        try:
            self._certificate = x509.load_pem_x509_certificate((folder / CERTIFICATE).read_bytes())
            key = load_pem_private_key((folder / KEY).read_bytes(), None)
            crossed = folder / CROSSED
            self._crossed = (
                x509.load_pem_x509_certificates(crossed.read_bytes()) if crossed.exists() else []
            )
        except (OSError, ValueError, TypeError) as error:
            raise FixConfig(
                f"The authority in {folder} can't be read. Put {CERTIFICATE} and {KEY} back from "
                "the backup; with new ones every device would have to be enrolled again."
            ) from error
        if (
            not isinstance(key, ec.EllipticCurvePrivateKey)
            or key.public_key() != self._certificate.public_key()
        ):
            raise FixConfig(f"{CERTIFICATE} and {KEY} in {folder} don't belong together.")
        self._key = key

    def _alternatives(self) -> list[x509.GeneralName]:
        permitted = constraints_of(self._certificate)
        names = _general_names((*self._names(), *self._configured))
        return [name for name in names if _permits(permitted, name)]

    def _sign_leaf(
        self, key: ec.EllipticCurvePrivateKey, moment: datetime, names: Iterable[x509.GeneralName]
    ) -> x509.Certificate:
        begins = moment - _DAY
        authority = self._certificate
        return (
            x509.CertificateBuilder(
                authority.subject, _subject(TLS_NAME), key.public_key(), x509.random_serial_number()
            )
            .not_valid_before(begins)
            .not_valid_after(begins + LEAF_DAYS * _DAY)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(self._key, hashes.SHA256())
        )


@dataclass(frozen=True, slots=True)
class _AuthorityMaker:
    subject: x509.Name
    key: ec.EllipticCurvePrivateKey
    moment: datetime
    permitted: tuple[x509.GeneralName, ...]

    def signed_by(self, issuer: ec.EllipticCurvePrivateKey) -> x509.Certificate:
        """Return the authority's certificate; signed by another key it leads to that one's."""
        public = self.key.public_key()
        builder = (
            x509.CertificateBuilder(self.subject, self.subject, public, x509.random_serial_number())
            .not_valid_before(_EARLIEST)
            .not_valid_after(self.moment + _AUTHORITY_LASTS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.NameConstraints(self.permitted, None), critical=True)
        )
        if issuer is not self.key:
            identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())
            builder = builder.add_extension(identifier, critical=False)
        return builder.sign(issuer, hashes.SHA256())


def open_authority(
    folder: Path, venue: str, now: Instant, names: FindNames, configured: Iterable[str] = ()
) -> Authority:
    """Open the authority, make it at the first start, and renew the gateway's certificate.

    One of an earlier version, which permits every name, goes on as it is until it is renewed.

    Args:
        folder: Made with mode 0700.
        venue: For the certificate's subject.
        now: Gateway's wall clock.
        names: Finds host names and addresses of the gateway, besides `TLS_NAME`. A new authority
            permits these names for ever, of the addresses only private ones.
        configured: Names and addresses of the gateway that it permits besides.

    Raises:
        FixConfig: The folder can't be written or its files don't belong together.

    Source: RFC 5280, sections 4.2.1.1, 4.2.1.3, 4.2.1.6, 4.2.1.9, 4.2.1.10 and 4.2.1.12; of
        self-issued certificates 3.2 and 6.1.4 (l).
    """
    private_folder(folder)
    configured = tuple(configured)
    _move_in(folder)
    if not (folder / CERTIFICATE).exists():
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _subject(f"{venue[:40]} entrance authority")
        permitted = _permitted(names(), configured)
        made = _AuthorityMaker(subject, key, _moment(now), permitted).signed_by(key)
        write_private(folder / KEY, _key_pem(key))
        write_private(folder / CERTIFICATE, made.public_bytes(Encoding.PEM))
    authority = Authority(folder, names, configured)
    authority.renew(now)
    return authority


class Renewal:
    """Renews the gateway's certificate while it runs.

    Args:
        authority: Signs it.
        clock: The time to go by.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        authority: Authority,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._authority = authority
        self._clock = clock
        self._sleep = sleep

    async def run(self) -> None:
        """Renew it for ever; cancel to stop."""
        while True:
            await self._sleep(_EVERY_S)
            try:
                renewed = await asyncio.to_thread(self._renewed)
                if renewed:
                    self._authority.reload()
            except (FixConfig, OSError, ValueError) as error:
                # A third of its life is left: it is tried again.
                event("certificate_not_renewed", logging.ERROR, error=type(error).__name__)
            else:
                if renewed:
                    event("certificate_renewed")

    def _renewed(self) -> bool:
        now = self._clock.now()
        if due := self._authority.is_due(now):
            self._authority.renew(now)
        return due


def local_names() -> tuple[str, ...]:
    """Return this machine's host name and addresses, as far as they can be found; sends nothing."""
    found = {"localhost", "127.0.0.1", "::1", socket.gethostname()}
    with suppress(OSError):
        found |= {str(item[4][0]) for item in socket.getaddrinfo(socket.gethostname(), None)}
    for family, far in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((far, 9))
            found.add(probe.getsockname()[0])
    return tuple(sorted(found))


def constraints_of(certificate: x509.Certificate) -> tuple[x509.GeneralName, ...]:
    """Return the names that an authority permits, with all below them; none = every name."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(found.permitted_subtrees or ())


def _moment(now: Instant) -> datetime:
    """Return an instant that certificates can bear, whatever a clock shows."""
    seconds = min(max(now / 1000, _EARLIEST.timestamp()), _LATEST.timestamp())
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=0)


def _move_in(folder: Path) -> None:
    """Put a successor in its place; a crash in between is made good at the next start."""
    waiting = folder / SUCCESSOR
    if not waiting.exists():
        return
    pem = waiting.read_bytes()
    marker = b"-----BEGIN CERTIFICATE-----"
    key, own, *crossed = pem.split(marker)
    write_private(folder / CROSSED, b"".join(marker + each for each in crossed))
    write_private(folder / KEY, key)
    write_private(folder / CERTIFICATE, marker + own)
    waiting.unlink()


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _usage(signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True


def _general_names(names: Iterable[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = [x509.DNSName(TLS_NAME)]
    for name in names:
        if _is_address(name):
            found.append(x509.IPAddress(ipaddress.ip_address(name.partition("%")[0])))
        elif name and name.isascii():
            found.append(x509.DNSName(name))
    return list(dict.fromkeys(found))


def _permitted(names: Iterable[str], configured: Iterable[str]) -> tuple[x509.GeneralName, ...]:
    """Return what a new authority permits: of what was only found names, and no address."""
    always = (*map(x509.DNSName, LOCAL), *map(x509.IPAddress, PRIVATE))
    own = _general_names((*(name for name in names if not _is_address(name)), *configured))
    more = [
        x509.IPAddress(ipaddress.ip_network(name.value))
        if isinstance(name, x509.IPAddress)
        else name
        for name in own
        if not _permits(always, name)
    ]
    return (*always, *more)


def _permits(permitted: Iterable[x509.GeneralName], name: x509.GeneralName) -> bool:
    """Tell whether a name lies in one of some subtrees; without any, every name does.

    Source: RFC 5280, section 4.2.1.10.
    """
    trees = tuple(permitted)
    if not trees:
        return True
    if isinstance(name, x509.IPAddress):
        return any(
            isinstance(tree, x509.IPAddress)
            and isinstance(tree.value, ipaddress.IPv4Network | ipaddress.IPv6Network)
            and name.value in tree.value
            for tree in trees
        )
    text = str(name.value).lower()
    return any(
        isinstance(tree, x509.DNSName)
        and (text == tree.value.lower() or text.endswith(f".{tree.value.lower()}"))
        for tree in trees
    )
