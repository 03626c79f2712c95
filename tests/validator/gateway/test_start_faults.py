"""A gateway that can't start says why in one line, and how to mend it."""

import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from generators.fault_table import FaultTable
from rules.sources import ROOT
from validator.gateway.host.data_folder import Lock
from validator.gateway.main import main

WITHOUT_RIGHTS = """
import os, sys
from validator.gateway.main import main
if os.geteuid() == 0:
    os.setgroups([])
    os.setuid(65534)
sys.exit(main(sys.argv[1:]))
"""
"""Rights are given up once everything is loaded: Python may lie where only root may read."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where the gateway is to start.

    Args:
        folder: Gets its configuration and data.
        held: What somebody else holds until the end.
    """

    folder: Path
    held: ExitStack = field(default_factory=ExitStack)

    def written(self, text: bytes) -> list[str]:
        path = self.folder / "gateway.toml"
        path.write_bytes(text)
        return ["--config", str(path), "--data", str(self.folder / "data")]

    def taken(self, key: str) -> list[str]:
        server = self.held.enter_context(socket.create_server(("127.0.0.1", 0)))
        other = "plain" if key == "tls" else "tls"
        port = server.getsockname()[1]
        return self.written(f'{key} = "127.0.0.1:{port}"\n{other} = "127.0.0.1:0"\n'.encode())

    def lock(self) -> list[str]:
        self.held.callback(Lock(self.folder / "data").close)
        return self.written(b'plain = "127.0.0.1:0"\ntls = "127.0.0.1:0"\n')

    def file_as_folder(self) -> list[str]:
        (self.folder / "data").write_bytes(b"")
        return self.written(b'plain = "127.0.0.1:0"\ntls = "127.0.0.1:0"\n')

    def damaged_key(self) -> list[str]:
        (self.folder / "data").mkdir()
        (self.folder / "data" / "feed.key").write_text("no key")
        return self.written(b'plain = "127.0.0.1:0"\ntls = "127.0.0.1:0"\n')

    def store_gone(self) -> list[str]:
        (self.folder / "data" / "authority").mkdir(parents=True, mode=0o700)
        return self.written(b'plain = "127.0.0.1:0"\ntls = "127.0.0.1:0"\n')


FAULTS: list[tuple[str, Callable[[Machine], list[str]], str]] = [
    ("The configuration is no TOML", lambda at: at.written(b"poll_s = "), "is no TOML"),
    ("The configuration is no text", lambda at: at.written(b"\xff\xfe"), "is no TOML"),
    (
        "A key that does not exist",
        lambda at: at.written(b"nmae = 1"),
        "Unknown key `nmae`; allowed",
    ),
    (
        "The configuration can't be read",
        lambda at: ["--config", str(at.folder)],
        "Is a directory. Check --config.",
    ),
    (
        "Its port is taken (plain)",
        lambda at: at.taken("plain"),
        "Is a gateway running already? Else set `plain`",
    ),
    (
        "Its port is taken (TLS)",
        lambda at: at.taken("tls"),
        "Is a gateway running already? Else set `tls`",
    ),
    (
        "An address of another machine",
        lambda at: at.written(b'plain = "127.0.0.1:0"\ntls = "192.0.2.1:8443"'),
        "Cannot assign requested address). So set `tls` to another address",
    ),
    (
        "Another gateway works in the data folder",
        Machine.lock,
        "already. Stop it first, or take another --data.",
    ),
    ("The data folder is a file", Machine.file_as_folder, "Choose another --data."),
    (
        "Its store is gone, its authority is there",
        Machine.store_gone,
        "Put the last backup into an empty folder (entrance-gateway restore FILE --data DIR)",
    ),
    ("A damaged key file", Machine.damaged_key, "Put the right file back from the backup."),
]


@pytest.mark.parametrize(("fault", "prepared", "seen"), FAULTS, ids=[row[0] for row in FAULTS])
def test_a_gateway_that_can_not_start_says_so_in_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    faults: FaultTable,
    fault: str,
    prepared: Callable[[Machine], list[str]],
    seen: str,
) -> None:
    at = Machine(tmp_path)
    with at.held:
        assert main(["serve", *prepared(at)]) == 1
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert told.err.startswith("entrance-gateway: ")
    assert seen in told.err
    faults.row("Start", f"Gateway: {fault}", seen=seen, ends="exit code 1")


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that everybody may enter; pytest's own are shut to others by every run."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


def test_a_gateway_without_the_right_to_its_folder_says_so(
    public: Path, faults: FaultTable
) -> None:
    (public / "data").mkdir(mode=0o500)
    config = Machine(public).written(b'plain = "127.0.0.1:0"\ntls = "127.0.0.1:0"\n')
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_RIGHTS, "serve", *config],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "Permission denied" in done.stderr
    assert "choose another --data" in done.stderr
    faults.row(
        "Start",
        "Gateway: No right to the data folder",
        seen="Permission denied. Give the gateway's user the right to, or choose another --data.",
        ends="exit code 1",
    )


@pytest.mark.parametrize(
    "words",
    [
        ["serve", "--colour"],
        ["nonsense"],
        [],
    ],
)
def test_wrong_words_end_with_2_and_the_usage(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage: entrance-gateway" in capsys.readouterr().err
