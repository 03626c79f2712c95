"""Readers of a device's own files and of backups."""

import io
import shutil

from fuzz.folder import FOLDER
from offline_cache.errors import EnrolAgain
from offline_cache.identity.identity import Identity
from offline_cache.identity.vault import KeyVault
from offline_cache.sync.clock_offset import LATEST_NS, OffsetFile
from validator.errors import FixRequest
from validator.gateway.backup.archive import SealedReader, SealedWriter
from validator.gateway.backup.contents import is_member
from validator.gateway.backup.unpacking import unpack

VAULT = KeyVault(b"v" * 32)


def identity(data: bytes) -> None:
    """An identity that is read, sealed or not, is the same when it is written and read again."""
    path = FOLDER / "identity"
    for content in (data, b'{"sealed": "' + VAULT.seal(data).hex().encode() + b'"}'):
        path.write_bytes(content)
        try:
            found = Identity.load(path, VAULT)
        except EnrolAgain:
            continue
        found.save(path, VAULT)
        assert Identity.load(path, VAULT) == found


def clock(data: bytes) -> None:
    """The last measurement of the clock is bounded and the same when it is written, or none."""
    path = FOLDER / "clock.json"
    path.write_bytes(data)
    file = OffsetFile(path)
    found = file.read()
    if found is None:
        return
    assert abs(found.gateway_less_boot_ns) < LATEST_NS
    file.write(found)
    assert file.read() == found or len(found.boot) > 500


def backup(data: bytes) -> None:
    """A backup is read to its end, or refused; only what a gateway writes is unpacked."""
    try:
        reader = SealedReader(io.BytesIO(data), _refuse)
        reader.read()
        reader.end()
    except FixRequest:
        pass
    file = io.BytesIO()
    writer = SealedWriter(file, None, bytes)
    writer.write(data)
    writer.finish()
    file.seek(0)
    stage = FOLDER / "stage"
    stage.mkdir()
    try:
        unpack(file, stage, _refuse)
    except FixRequest:
        pass
    finally:
        paths = [path for path in stage.rglob("*") if path.is_file()]
        assert all(is_member(path.relative_to(stage).as_posix()) for path in paths)
        assert sum(path.stat().st_size for path in paths) <= len(data)
        shutil.rmtree(stage)


def _refuse() -> str:
    raise FixRequest("A passphrase is not at hand.")
