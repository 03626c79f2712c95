"""The venue's authority: what it may say, how long, and how a new one takes its place."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import stat
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from doubles.clock.hand_clock import HandClock
from doubles.clock.rests import Rests, running
from offline_cache.identity import pinning
from validator.clock import DAY_MS, Instant
from validator.enrolment import TLS_NAME, authority_key_hash
from validator.errors import FixConfig
from validator.gateway.trust.authority import Authority, Renewal, local_names, open_authority

NOW = Instant(1_790_000_000_000)
TODAY = datetime.fromtimestamp(NOW / 1000, UTC)


def opened(
    folder: Path, now: Instant = NOW, names: Callable[[], tuple[str, ...]] = local_names
) -> Authority:
    return open_authority(folder / "authority", "Town hall", now, names)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def shown(authority: Authority) -> list[x509.Certificate]:
    """Return what the gateway shows: its certificate, then those that lead on."""
    return x509.load_pem_x509_certificates(authority.leaf.read_bytes())


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


def pinned(authority: Authority, pem: bytes = b"") -> ssl.SSLContext:
    """Return what a browser trusts that was told of the authority, strictly."""
    context = ssl.create_default_context(cadata=(pem or authority.pem).decode())
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    # The machine that runs the tests has another clock than the tests have.
    context.verify_flags |= pinning.NO_CHECK_TIME
    return context


def verified(root: bytes, chain: list[x509.Certificate], name: str, at: datetime = TODAY) -> bool:
    """Verify a chain as the web does, times and names and all."""
    subject: x509.DNSName | x509.IPAddress = x509.DNSName(name)
    with suppress(ValueError):
        subject = x509.IPAddress(ipaddress.ip_address(name))
    store = Store([x509.load_pem_x509_certificate(root)])
    verifier = PolicyBuilder().store(store).time(at).build_server_verifier(subject)
    try:
        verifier.verify(chain[0], chain[1:])
    except VerificationError:
        return False
    return True


def misused(folder: Path, *names: x509.GeneralName) -> list[x509.Certificate]:
    """Sign a certificate for other names with the authority's stolen key."""
    key = load_pem_private_key((folder / "authority" / "ca.key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    good = x509.load_pem_x509_certificates((folder / "authority" / "leaf.pem").read_bytes())
    builder = x509.CertificateBuilder(
        good[0].issuer, good[0].subject, good[0].public_key(), x509.random_serial_number()
    )
    builder = builder.not_valid_before(good[0].not_valid_before_utc)
    builder = builder.not_valid_after(good[0].not_valid_after_utc)
    for extension in good[0].extensions:
        value = extension.value
        if isinstance(value, x509.SubjectAlternativeName):
            value = x509.SubjectAlternativeName(names)
        builder = builder.add_extension(value, extension.critical)
    return [builder.sign(key, hashes.SHA256()), *good[1:]]


async def an_hour(rests: Rests) -> None:
    """Let the next look pass."""
    rests.end()
    await rests.next()


def old_folder(folder: Path) -> bytes:
    """Make an authority as earlier versions made it; return its certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Town hall authority")])
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(TODAY + timedelta(days=365 * 30))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "authority").mkdir(parents=True)
    pem = certificate.public_bytes(Encoding.PEM)
    (folder / "authority" / "ca.pem").write_bytes(pem)
    (folder / "authority" / "ca.key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return pem


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


def test_the_certificate_is_good_for_397_days_and_not_before_yesterday(tmp_path: Path) -> None:
    (leaf,) = shown(opened(tmp_path))
    assert leaf.not_valid_before_utc == TODAY - timedelta(days=1)
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc == timedelta(days=397)


@pytest.mark.parametrize("name", [TLS_NAME, "localhost", "127.0.0.1", "::1"])
def test_the_web_verifies_the_gateway_by_its_authority(tmp_path: Path, name: str) -> None:
    authority = opened(tmp_path)
    assert verified(authority.pem, shown(authority), name)


@pytest.mark.parametrize(
    "name",
    [
        "www.example.org",
        "example.org",
        "notlocal",
        "localhost.example.org",
        "bank.local.example",
        "entrance-gateway.example",
    ],
)
async def test_nobody_can_pose_as_another_site_with_the_authoritys_key(
    tmp_path: Path, name: str
) -> None:
    authority = opened(tmp_path)
    chain = misused(tmp_path, x509.DNSName(name))
    assert not verified(authority.pem, chain, name)
    authority.leaf.write_bytes(b"".join(each.public_bytes(Encoding.PEM) for each in chain))
    assert await seen_by(authority, pinned(authority), name) == "SSLCertVerificationError"


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "11.0.0.1", "172.32.0.1", "192.169.0.1", "2001:4860:4860::8888"]
)
def test_nobody_can_pose_as_a_public_address_either(tmp_path: Path, address: str) -> None:
    authority = opened(tmp_path)
    chain = misused(tmp_path, x509.IPAddress(ipaddress.ip_address(address)))
    assert not verified(authority.pem, chain, address)


@pytest.mark.parametrize(
    "name",
    [
        *("10.1.2.3", "172.16.0.1", "172.31.255.254", "192.168.1.7", "169.254.7.7", "127.0.0.2"),
        *("fd12::1", "fe80::1", "gate.local", "GATE.LOCAL"),
    ],
)
def test_private_addresses_and_local_names_are_permitted(tmp_path: Path, name: str) -> None:
    authority = opened(tmp_path, names=lambda: (name,))
    assert verified(authority.pem, shown(authority), name)


def test_the_machines_name_and_what_is_configured_are_permitted_found_addresses_are_not(
    tmp_path: Path,
) -> None:
    def names() -> tuple[str, ...]:
        return ("gate.example.org", "203.0.113.7")

    folder = tmp_path / "authority"
    authority = open_authority(folder, "Town hall", NOW, names, ("198.51.100.9",))
    for permitted in ("gate.example.org", "198.51.100.9"):
        assert verified(authority.pem, shown(authority), permitted)
    assert not verified(authority.pem, shown(authority), "203.0.113.7")
    # The one that is left out does not spoil the others.
    assert verified(authority.pem, shown(authority), TLS_NAME)


def test_a_machine_that_is_renamed_keeps_its_lanes_and_loses_its_name_only(tmp_path: Path) -> None:
    opened(tmp_path, names=lambda: ("old.example.org",))
    authority = opened(tmp_path, names=lambda: ("new.example.org", "10.0.0.9"))
    assert verified(authority.pem, shown(authority), TLS_NAME)
    assert verified(authority.pem, shown(authority), "10.0.0.9")
    assert not verified(authority.pem, shown(authority), "new.example.org")
    before = authority.pem
    authority.succeed(NOW)
    # Whoever trusts the one before would refuse a certificate with the new name.
    for pem in (before, authority.pem):
        assert verified(pem, shown(authority), TLS_NAME)
        assert verified(pem, shown(authority), "10.0.0.9")


@pytest.mark.parametrize(
    ("days", "due"), [(0, False), (200, False), (263, False), (265, True), (500, True), (-2, True)]
)
def test_the_certificate_is_renewed_in_its_last_third_or_when_a_clock_was_set_back(
    tmp_path: Path, days: int, due: bool
) -> None:
    authority = opened(tmp_path)
    later = Instant(NOW + days * DAY_MS)
    assert authority.is_due(later) is due
    authority.renew(later)
    assert not authority.is_due(later)
    at = datetime.fromtimestamp(later / 1000, UTC)
    assert verified(authority.pem, shown(authority), TLS_NAME, at)


def test_a_lost_certificate_and_another_address_make_it_due(tmp_path: Path) -> None:
    names = ["10.0.0.1"]
    authority = opened(tmp_path, names=lambda: tuple(names))
    assert not authority.is_due(NOW)
    names[0] = "10.0.0.2"
    assert authority.is_due(NOW)
    names[0] = "10.0.0.1"
    authority.leaf.write_bytes(b"gone")
    assert authority.is_due(NOW)


async def test_a_running_gateway_shows_the_renewed_certificate_to_whoever_connects_next(
    tmp_path: Path,
) -> None:
    hand, rests = HandClock(), Rests()
    hand.wall_ms = NOW
    authority = opened(tmp_path)
    renewal = Renewal(authority, hand.clock, rests.sleep)
    server = await asyncio.start_server(
        lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=authority.context()
    )
    port = server.sockets[0].getsockname()[1]
    trusted = pinned(authority)

    async def seen() -> x509.Certificate:
        _, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=trusted, server_hostname=TLS_NAME
        )
        der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
        return x509.load_der_x509_certificate(der)

    before = await seen()
    async with server, running(renewal.run()):
        await rests.next()
        await an_hour(rests)
        assert await seen() == before
        hand.go(300 * DAY_MS)
        await an_hour(rests)
        after = await seen()
    assert after.serial_number != before.serial_number
    assert after.not_valid_before_utc == TODAY + timedelta(days=299)


async def test_a_disk_that_takes_no_new_certificate_ends_nothing(tmp_path: Path) -> None:
    hand, rests = HandClock(), Rests()
    hand.wall_ms = NOW
    authority = opened(tmp_path)
    folder, aside = tmp_path / "authority", tmp_path / "aside"
    hand.go(300 * DAY_MS)
    async with running(Renewal(authority, hand.clock, rests.sleep).run()):
        await rests.next()
        folder.rename(aside)
        await an_hour(rests)
        aside.rename(folder)
        assert authority.is_due(hand.clock.now())
        await an_hour(rests)
    assert not authority.is_due(hand.clock.now())


@pytest.mark.parametrize("year", [1970, 2019, 2040, 2200, 9999])
async def test_whatever_the_clock_jumps_to_devices_reach_the_gateway(
    tmp_path: Path, year: int
) -> None:
    jumped = Instant(int(datetime(year, 6, 1, tzinfo=UTC).timestamp() * 1000))
    first = opened(tmp_path)
    pem = first.pem.decode()
    for now in (jumped, NOW):
        authority = opened(tmp_path, now)
        assert await seen_by(authority, pinning.pinned(pem), TLS_NAME) == "TLSv1.3"
        assert not authority.is_due(now)
    made_then = opened(tmp_path / "other", jumped)
    assert await seen_by(made_then, pinning.pinned(made_then.pem.decode()), TLS_NAME) == "TLSv1.3"


async def test_devices_of_an_earlier_authority_reach_a_gateway_with_each_later_one(
    tmp_path: Path,
) -> None:
    authority = opened(tmp_path)
    pems = [authority.pem]
    for _ in range(3):
        authority.succeed(NOW)
        pems.append(authority.pem)
        for pem in pems:
            seen = await seen_by(authority, pinning.pinned(pem.decode()), TLS_NAME)
            assert seen == "TLSv1.3"
            assert await seen_by(authority, pinned(authority, pem), "localhost") == "TLSv1.3"
            assert verified(pem, shown(authority), TLS_NAME)
    assert len({authority_key_hash(pem) for pem in pems}) == 4
    again = opened(tmp_path)
    assert again.pem == pems[-1]
    assert verified(pems[0], shown(again), TLS_NAME)


async def test_an_old_folders_authority_goes_on_and_vouches_for_one_that_permits_less(
    tmp_path: Path,
) -> None:
    old = old_folder(tmp_path)
    authority = opened(tmp_path)
    assert authority.pem == old
    assert verified(old, misused(tmp_path, x509.DNSName("www.example.org")), "www.example.org")
    authority.succeed(NOW)
    # As lanes verify it, and browsers: the old one permits no path, but a self-issued certificate.
    for context in (pinning.pinned(old.decode()), pinned(authority, old)):
        assert await seen_by(authority, context, TLS_NAME) == "TLSv1.3"
    name = "www.example.org"
    chain = misused(tmp_path, x509.DNSName(name))
    authority.leaf.write_bytes(b"".join(each.public_bytes(Encoding.PEM) for each in chain))
    for pem in (old, authority.pem):
        assert await seen_by(authority, pinned(authority, pem), name) == "SSLCertVerificationError"


@pytest.mark.parametrize("cut", ["nothing", "crossed.pem", "ca.key"])
def test_a_power_cut_while_the_authority_is_renewed_is_made_good_at_the_next_start(
    tmp_path: Path, cut: str
) -> None:
    folder = tmp_path / "authority"
    authority = opened(tmp_path)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    authority.succeed(NOW)
    pem = authority.pem
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    # As the disk is when the successor is written, and so much of it moved.
    waiting = after["ca.key"] + after["ca.pem"] + after["crossed.pem"]
    written = ("crossed.pem", "ca.key")
    moved = written[: written.index(cut) + 1] if cut in written else ()
    (folder / "crossed.pem").unlink()
    for name, content in {**before, **{name: after[name] for name in moved}}.items():
        (folder / name).write_bytes(content)
    (folder / "successor.pem").write_bytes(waiting)
    again = opened(tmp_path)
    assert again.pem == pem
    assert not (folder / "successor.pem").exists()
    assert verified(before["ca.pem"], shown(again), TLS_NAME)
