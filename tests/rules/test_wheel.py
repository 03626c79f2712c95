"""What is installed: every file of the four packages, and nothing else."""

import subprocess
import sys
from zipfile import ZipFile

import pytest

from rules.sources import MADE, PACKAGES, ROOT


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Return the paths in the wheel, without those that tell installers about it."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run(
        [*build, "--directory", str(folder)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
    )
    (wheel,) = folder.iterdir()
    with ZipFile(wheel) as archive:
        return {path for path in archive.namelist() if ".dist-info/" not in path}


def written() -> set[str]:
    """Return the files in the folders of the four packages."""
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file()]
    within = [path.relative_to(ROOT) for path in paths]
    return {path.as_posix() for path in within if not MADE & {*path.parts}}


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(installed: set[str]) -> None:
    assert installed == written()


def test_type_checkers_are_told_that_each_package_has_types(installed: set[str]) -> None:
    assert {f"{package}/py.typed" for package in PACKAGES} <= installed
