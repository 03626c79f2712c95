"""The one authority that a device trusts."""

from __future__ import annotations

import ssl

from offline_cache.errors import EnrolAgain

NO_CHECK_TIME = ssl.VerifyFlags(0x200000)
"""Source: OpenSSL, x509_vfy.h, X509_V_FLAG_NO_CHECK_TIME; Python does not name it."""


def pinned(authority_pem: str) -> ssl.SSLContext:
    """Return a client's TLS settings that accept this authority's certificates only.

    When they are good is not looked at: this device's clock may be what is wrong, and it is the
    gateway that puts it right.

    Args:
        authority_pem: One certificate. The machine's own list of authorities is not loaded.

    Raises:
        EnrolAgain: It is no certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_flags |= NO_CHECK_TIME
    try:
        context.load_verify_locations(cadata=authority_pem)
    except (ssl.SSLError, ValueError) as error:
        raise EnrolAgain(
            "The gateway's authority in this device's identity is damaged: enrol it again."
        ) from error
    return context
