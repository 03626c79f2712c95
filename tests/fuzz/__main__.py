"""`python -m fuzz RUNS [TARGET...]`: fuzz readers of outside bytes; a crash is kept as a seed.

Exit code 1 if any crashed; standard output names one target a line with `held` or `BROKEN`.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["validator", "offline_cache", "device"]):
    from fuzz.targets import CORPUS, TARGETS

LONGEST = 4_096
"""Bytes of one input; longer ones have tests of their own."""


def fuzz(name: str, runs: str, folder: Path) -> None:
    """Fuzz one target; ends the process."""
    found = folder / name
    shutil.copytree(CORPUS / name, found)
    options = [f"-runs={runs}", f"-max_len={LONGEST}", "-seed=1", "-timeout=60", "-verbosity=0"]
    kept = f"-artifact_prefix={CORPUS / name}/"
    atheris.Setup(["fuzz", *options, kept, str(found)], TARGETS[name])
    atheris.Fuzz()


def main(runs: str, names: list[str]) -> int:
    """Fuzz targets one after the other, each in a fork: Atheris ends its process."""
    broken = 0
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        for name in names or sorted(TARGETS):
            child = os.fork()
            if not child:
                fuzz(name, runs, Path(folder))
                os._exit(70)
            held = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
            print(name, "held" if held else "BROKEN", flush=True)
            broken += not held
    return min(broken, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
