"""Our adapters against stubs of Android's classes, on a desktop Java machine.

The machine needs a process of its own: its signal handlers and threads would stay in this one.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rules.sources import ROOT

HERE = Path(__file__).parent
JAVA_HOME = "no Java compiler (Debian: default-jdk-headless)"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("javac") is None, reason=JAVA_HOME),
]


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the stubs, and the app's own Java against them."""
    folder = tmp_path_factory.mktemp("classes")
    sources = [
        str(path) for top in (HERE / "stubs", ROOT / "android/src") for path in top.rglob("*.java")
    ]
    done = subprocess.run(
        [
            "javac",
            "--release",
            "8",
            "-Xlint:all,-serial,-options",
            "-Werror",
            "-d",
            str(folder),
            *sources,
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_adapters_work_through_java(classes: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(HERE / "jvm")],
        cwd=ROOT,
        env=os.environ | {"ANDROID_STUBS": str(classes)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout.splitlines()[-1])
