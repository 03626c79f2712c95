"""The venue's own certificate authority, and the certificate that the gateway shows to devices."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Iterable
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

from validator.clock import Instant
from validator.enrolment import TLS_NAME, authority_key_hash
from validator.errors import FixConfig
from validator.gateway.host.private_files import private_folder, write_private

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_AUTHORITY_YEARS = timedelta(days=365 * 30)
_LEAF_YEARS = timedelta(days=365 * 2)


@dataclass(frozen=True, slots=True)
class Authority:
    """What devices pin.

    Args:
        pem: The authority's certificate.
        leaf: PEM file of the gateway's certificate.
        leaf_key: PEM file of its key, 0600.
    """

    pem: bytes
    leaf: Path
    leaf_key: Path

    @property
    def key_hash(self) -> bytes:
        """SHA-256 of the authority's public key, 32 bytes; its start stands in enrolment codes."""
        return authority_key_hash(self.pem)

    def context(self) -> ssl.SSLContext:
        """Return the listener's TLS settings: version 1.2 or newer, no client certificates."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.leaf, self.leaf_key)
        return context


def open_authority(folder: Path, venue: str, now: Instant, names: Iterable[str]) -> Authority:
    """Open the authority, make it at the first start, and renew the gateway's certificate.

    Args:
        folder: Made with mode 0700; holds `ca.pem`, `ca.key`, `leaf.pem` and `leaf.key`.
        venue: For the certificate's subject.
        now: Gateway's wall clock; certificates are good from 2020 on, so that a device whose
            clock is wrong still reaches the gateway that corrects it.
        names: Host names and addresses of the gateway, besides `TLS_NAME`.

    Raises:
        FixConfig: The folder can't be written or its files don't belong together.

    Source: RFC 5280, sections 4.2.1.1, 4.2.1.3, 4.2.1.6, 4.2.1.9 and 4.2.1.12.
    """
    private_folder(folder)
    certificate_file, key_file = folder / "ca.pem", folder / "ca.key"
    moment = max(datetime.fromtimestamp(now / 1000, UTC), _EPOCH)
    if not certificate_file.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        write_private(key_file, _key_pem(key))
        write_private(certificate_file, _authority(key, venue, moment).public_bytes(Encoding.PEM))
    try:
        pem = certificate_file.read_bytes()
        certificate = x509.load_pem_x509_certificate(pem)
        loaded = load_pem_private_key(key_file.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise FixConfig(
            f"The authority in {folder} can't be read. Put ca.pem and ca.key back from the backup; "
            "with new ones every device would have to be enrolled again."
        ) from error
    if (
        not isinstance(loaded, ec.EllipticCurvePrivateKey)
        or loaded.public_key() != certificate.public_key()
    ):
        raise FixConfig(f"ca.pem and ca.key in {folder} don't belong together.")
    leaf_key = ec.generate_private_key(ec.SECP256R1())
    leaf = _leaf(certificate, loaded, leaf_key, moment, names)
    authority = Authority(pem, folder / "leaf.pem", folder / "leaf.key")
    write_private(authority.leaf_key, _key_pem(leaf_key))
    write_private(authority.leaf, leaf.public_bytes(Encoding.PEM))
    return authority


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


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _authority(key: ec.EllipticCurvePrivateKey, venue: str, moment: datetime) -> x509.Certificate:
    name = _subject(f"{venue[:40]} entrance authority")
    return (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(_EPOCH)
        .not_valid_after(moment + _AUTHORITY_YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _leaf(
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    key: ec.EllipticCurvePrivateKey,
    moment: datetime,
    names: Iterable[str],
) -> x509.Certificate:
    identifier = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        x509.CertificateBuilder(
            authority.subject, _subject(TLS_NAME), key.public_key(), x509.random_serial_number()
        )
        .not_valid_before(_EPOCH)
        .not_valid_after(moment + _LEAF_YEARS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier),
            critical=False,
        )
        .add_extension(x509.SubjectAlternativeName(_alternatives(names)), critical=False)
        .sign(authority_key, hashes.SHA256())
    )


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


def _alternatives(names: Iterable[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = [x509.DNSName(TLS_NAME)]
    for name in names:
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name.partition("%")[0])))
        except ValueError:
            if name.isascii() and name != TLS_NAME:
                found.append(x509.DNSName(name))
    return list(dict.fromkeys(found))
