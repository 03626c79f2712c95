"""The units in systemd/ are right to the letter, and leave no door open that need not be."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from rules.sources import ROOT

PROGRAMS = "/opt/entrance-control/bin"
UNITS = sorted(
    path.name for path in (ROOT / "systemd").iterdir() if path.suffix not in {".md", ".toml"}
)
EXPOSURE = {
    "entrance-gateway.service": 1.5,
    "entrance-backup.service": 1.0,
    "entrance-lane@.service": 1.5,
    "entrance-station@.service": 1.5,
}
"""Most that `systemd-analyze security` may find; a lane needs its devices."""

KINDS = {".service", ".socket", ".timer"}

pytestmark = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="not installed: systemd-analyze"
)


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units, with programs that are there."""
    for name in ("entrance-gateway", "entrance-scanner"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    for name in UNITS:
        text = (ROOT / "systemd" / name).read_text()
        (tmp_path / name).write_text(text.replace(PROGRAMS, str(tmp_path)))
    return tmp_path


def test_systemd_understands_every_line(units: Path) -> None:
    files = [units / name for name in UNITS if (units / name).suffix in KINDS]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=yes", "--man=no", *files],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_mistyped_line_would_be_found(units: Path) -> None:
    file = units / "entrance-gateway.service"
    file.write_text(file.read_text().replace("NoNewPrivileges", "NoNewPrivilege"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=yes", "--man=no", file],
        capture_output=True,
        text=True,
    )
    assert "NoNewPrivilege" in done.stderr


@pytest.mark.parametrize("name", EXPOSURE)
def test_a_service_is_exposed_no_more_than_its_work_needs(units: Path, name: str) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--no-pager", units / name],
        capture_output=True,
        text=True,
    )
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert found, done.stderr
    assert float(found[1]) <= EXPOSURE[name]


def test_every_unit_stands_in_the_pages() -> None:
    page = (ROOT / "docs/operation.md").read_text()
    assert not {name for name in UNITS if name.replace("@.", "@NAME.") not in page}
