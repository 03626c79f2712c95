"""Files from outside have a largest size, and no content of theirs is believed."""

import io
import tarfile
from pathlib import Path

import pytest

from validator.errors import FixConfig, FixRequest
from validator.gateway.backup.archive import SealedWriter
from validator.gateway.backup.contents import DATABASES, SECRETS
from validator.gateway.backup.unpacking import FOREIGN, MOST_BYTES, MOST_OTHER_BYTES, unpack
from validator.gateway.commands.check import lines
from validator.gateway.config import load
from validator.gateway.host.private_files import key_file

HUGE = 1 << 33


def huge(path: Path, start: bytes = b"") -> Path:
    """Make a file of 8 GiB that takes no room; reading all of it would end the test."""
    with path.open("wb") as file:
        file.write(start)
        file.truncate(HUGE)
    return path


def refuse() -> str:
    raise AssertionError("It is not sealed.")


def sealed(*parts: bytes) -> io.BytesIO:
    file = io.BytesIO()
    writer = SealedWriter(file, None, bytes)
    for part in parts:
        writer.write(part)
    writer.finish()
    file.seek(0)
    return file


def header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.type = size, kind
    return member.tobuf(tarfile.GNU_FORMAT)


def test_a_huge_key_file_is_refused_unread(tmp_path: Path) -> None:
    with pytest.raises(FixConfig, match="holds no key"):
        key_file(huge(tmp_path / "feed.key", b"00" * 32), bytes)


def test_a_huge_configuration_is_refused_unread(tmp_path: Path) -> None:
    with pytest.raises(FixConfig, match="larger than 1000000 bytes"):
        load(huge(tmp_path / "gateway.toml"))


def test_an_endless_line_of_check_is_cut_and_the_next_one_is_read() -> None:
    found = list(lines(io.BytesIO(b"x" * 5_000_000 + b"\nnext\n")))
    assert [len(line) for line in found] == [16_384, 4]


@pytest.mark.parametrize(
    ("name", "size", "kind"),
    [
        ("manifest.json", MOST_OTHER_BYTES + 1, tarfile.REGTYPE),
        ("gateway.sqlite", MOST_BYTES + 1, tarfile.REGTYPE),
        ("gateway.sqlite", 1 << 35, tarfile.GNUTYPE_SPARSE),
        ("feed.key", 1 << 30, tarfile.XHDTYPE),
        ("feed.key", 1 << 30, tarfile.GNUTYPE_LONGNAME),
        ("feed.key", 0, tarfile.SYMTYPE),
        ("feed.key", 0, tarfile.LNKTYPE),
        ("feed.key", 0, tarfile.CHRTYPE),
    ],
)
def test_what_would_fill_memory_or_disk_is_refused_by_its_header(
    tmp_path: Path, name: str, size: int, kind: bytes
) -> None:
    with pytest.raises(FixRequest, match=FOREIGN):
        unpack(sealed(header(name, size, kind), bytes(2_048)), tmp_path, refuse)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "manifest",
    [
        b'{"format": Infinity, "made_at": "2026-11-22T19:30:00Z"}',
        b'{"format": 1, "made_at": "\\u001b[2J"}',
        b'{"format": 1, "made_at": 5}',
        b"[" * 900_000,
    ],
    ids=["infinite", "escape", "number", "deep"],
)
def test_a_hostile_manifest_is_damage(tmp_path: Path, manifest: bytes) -> None:
    parts = [header("manifest.json", len(manifest)), manifest, bytes(-len(manifest) % 512)]
    parts += [header(name, 0) for name in (*DATABASES, *SECRETS)]
    with pytest.raises(FixRequest, match="damaged"):
        unpack(sealed(*parts, bytes(1_024)), tmp_path, refuse)
