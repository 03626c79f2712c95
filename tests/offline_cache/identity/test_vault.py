"""A disk that was taken out of a device does not tell its token."""

from __future__ import annotations

from pathlib import Path

import pytest

from doubles.store.device_cache import identity
from offline_cache.errors import EnrolAgain
from offline_cache.identity.identity import Identity
from offline_cache.identity.vault import CREDENTIAL, KeyVault, platform_vault

KEY = b"k" * 32


def test_a_sealed_identity_opens_with_the_machines_key_only(tmp_path: Path) -> None:
    path, device = tmp_path / "identity.json", identity()
    device.save(path, KeyVault(KEY))
    assert Identity.load(path, KeyVault(KEY)) == device
    said = path.read_text()
    for secret in (device.token, device.code_key.hex(), device.device):
        assert secret not in said
    for wrong in (KeyVault(b"x" * 32), None):
        with pytest.raises(EnrolAgain, match="enrol it again"):
            Identity.load(path, wrong)


def test_an_altered_or_cut_identity_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "identity.json"
    identity().save(path, KeyVault(KEY))
    text = path.read_text()
    for spoilt in (text.replace(text[30], "0" if text[30] != "0" else "1", 1), '{"sealed": "00"}'):
        path.write_text(spoilt)
        with pytest.raises(EnrolAgain):
            Identity.load(path, KeyVault(KEY))


def test_an_identity_of_before_the_machine_had_a_key_is_read_and_sealed(tmp_path: Path) -> None:
    path, device = tmp_path / "identity.json", identity()
    device.save(path)
    assert Identity.load(path, KeyVault(KEY)) == device
    assert device.token not in path.read_text()
    assert Identity.load(path, KeyVault(KEY)) == device


def test_the_key_is_a_credential_of_the_service(tmp_path: Path) -> None:
    environment = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert platform_vault({}) is None
    assert platform_vault(environment) is None
    (tmp_path / CREDENTIAL).write_bytes(KEY)
    vault = platform_vault(environment)
    assert vault is not None and vault.open(KeyVault(KEY).seal(b"secret")) == b"secret"
    (tmp_path / CREDENTIAL).write_bytes(KEY[:-1])
    with pytest.raises(EnrolAgain, match="32 bytes"):
        platform_vault(environment)
