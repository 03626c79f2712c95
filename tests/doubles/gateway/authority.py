"""A venue's authority and its server certificate, made for a test."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from validator.enrolment import TLS_NAME


class Authority:
    """Signs one server certificate.

    Args:
        folder: Gets the server's key and certificate, which `ssl` wants as files.
        name: Host name in the server's certificate.
    """

    def __init__(self, folder: Path, name: str = TLS_NAME) -> None:
        key, server = (
            ec.generate_private_key(ec.SECP256R1()),
            ec.generate_private_key(ec.SECP256R1()),
        )
        self._issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test venue")])
        root = self._certificate(key.public_key(), self._issuer).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        leaf = self._certificate(server.public_key(), x509.Name([])).add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name)]), critical=True
        )
        self.pem = root.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "server.pem"
        self._file.write_bytes(
            server.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            + leaf.sign(key, SHA256()).public_bytes(Encoding.PEM)
        )

    def serving(self) -> ssl.SSLContext:
        """Return the server's TLS settings."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._file)
        return context

    def _certificate(
        self, key: ec.EllipticCurvePublicKey, subject: x509.Name
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .issuer_name(self._issuer)
            .subject_name(subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )
