"""A phone's identity is sealed with a key that Android keeps to itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from device.android.java import java_class
from device.android.keystore import Keystore
from doubles.store.device_cache import identity
from offline_cache.errors import EnrolAgain
from offline_cache.identity.identity import Identity
from offline_cache.identity.vault import KeyVault, Vault
from scanner.app.keystore import KeystoreVault

FAKE = "org.entrancecontrol.tests.FakeKeystore"


@pytest.fixture(params=["key", "keystore"])
def vault(request: pytest.FixtureRequest) -> Iterator[Vault]:
    """Every vault there is: the contract is one."""
    java_class(FAKE).install()
    yield KeyVault(b"k" * 32) if request.param == "key" else KeystoreVault(Keystore("identity"))
    java_class(FAKE).forget()


def test_what_was_sealed_opens_and_is_not_seen(vault: Vault) -> None:
    for plain in (b"", b"secret", bytes(range(256)) * 40):
        sealed = vault.seal(plain)
        assert vault.open(sealed) == plain
        assert not plain or plain not in sealed
    assert vault.seal(b"secret") != vault.seal(b"secret")


def test_what_was_altered_cut_or_is_none_does_not_open(vault: Vault) -> None:
    sealed = vault.seal(b"secret")
    for place in (0, 11, 12, len(sealed) - 1):
        altered = bytearray(sealed)
        altered[place] ^= 1
        with pytest.raises(EnrolAgain):
            vault.open(bytes(altered))
    for cut in (b"", b"x", sealed[:12], sealed[:-1], sealed + b"x"):
        with pytest.raises(EnrolAgain):
            vault.open(cut)


def test_a_phones_identity_opens_with_that_phones_keystore_only(tmp_path: Path) -> None:
    java_class(FAKE).install()
    path, device = tmp_path / "identity.json", identity()
    device.save(path, KeystoreVault(Keystore("identity")))
    assert java_class(FAKE).form == "3 256 GCM NoPadding"
    assert device.token not in path.read_text()
    assert Identity.load(path, KeystoreVault(Keystore("identity"))) == device
    java_class(FAKE).forget()
    with pytest.raises(EnrolAgain, match="enrol it again"):
        Identity.load(path, KeystoreVault(Keystore("identity")))
