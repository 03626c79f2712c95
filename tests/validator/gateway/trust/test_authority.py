import asyncio
import ssl
import stat
from pathlib import Path

import pytest

from validator.clock import Instant
from validator.enrolment import TLS_NAME, authority_key_hash
from validator.errors import FixConfig
from validator.gateway.trust.authority import Authority, local_names, open_authority

NOW = Instant(1_790_000_000_000)


def opened(folder: Path, now: Instant = NOW) -> Authority:
    return open_authority(folder / "authority", "Town hall", now, local_names())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def seen_by(authority: Authority, context: ssl.SSLContext, name: str) -> str:
    """Return the TLS version that a client agrees on, or the class of its refusal."""
    server = await asyncio.start_server(
        lambda reader, writer: writer.close(), "127.0.0.1", 0, ssl=authority.context()
    )
    try:
        port = server.sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=context, server_hostname=name
        )
        version = writer.get_extra_info("ssl_object").version()
        writer.close()
        return str(version)
    except ssl.SSLError as error:
        return type(error).__name__
    finally:
        server.close()


def pinned(authority: Authority) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=authority.pem.decode())


async def test_a_device_that_pins_the_authority_reaches_the_gateway_under_every_name(
    tmp_path: Path,
) -> None:
    authority = opened(tmp_path)
    for name in (TLS_NAME, "localhost", "127.0.0.1"):
        assert await seen_by(authority, pinned(authority), name) == "TLSv1.3"


async def test_another_name_or_another_authority_is_refused(tmp_path: Path) -> None:
    authority, other = opened(tmp_path / "one"), opened(tmp_path / "two")
    refused = "SSLCertVerificationError"
    assert await seen_by(authority, pinned(authority), "other.example") == refused
    assert await seen_by(authority, pinned(other), TLS_NAME) == refused


async def test_old_tls_is_refused(tmp_path: Path) -> None:
    authority = opened(tmp_path)
    context = pinned(authority)
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    assert await seen_by(authority, context, TLS_NAME) == "TLSv1.2"
    assert authority.context().minimum_version == ssl.TLSVersion.TLSv1_2


async def test_a_restart_keeps_the_authority_and_renews_the_certificate(tmp_path: Path) -> None:
    first = opened(tmp_path)
    leaf = first.leaf.read_bytes()
    trusted = pinned(first)
    second = opened(tmp_path)
    assert second.pem == first.pem
    assert second.key_hash == authority_key_hash(first.pem)
    assert second.leaf.read_bytes() != leaf
    assert await seen_by(second, trusted, TLS_NAME) == "TLSv1.3"


async def test_a_gateway_whose_clock_stands_in_1970_still_serves(tmp_path: Path) -> None:
    authority = opened(tmp_path, Instant(0))
    assert authority.leaf.exists()


def test_keys_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    authority = opened(tmp_path)
    folder = tmp_path / "authority"
    assert mode(folder) == 0o700
    assert mode(folder / "ca.key") == mode(authority.leaf_key) == 0o600
    assert not list(folder.glob("*.new"))


def test_a_lost_or_foreign_authority_key_is_said_and_not_replaced(tmp_path: Path) -> None:
    opened(tmp_path / "one")
    opened(tmp_path / "two")
    key = tmp_path / "one" / "authority" / "ca.key"
    key.write_bytes((tmp_path / "two" / "authority" / "ca.key").read_bytes())
    with pytest.raises(FixConfig, match="belong together"):
        opened(tmp_path / "one")
    key.unlink()
    with pytest.raises(FixConfig, match="backup"):
        opened(tmp_path / "one")
