"""Android gets msgpack without its C extension: what it writes and takes must be the same."""

import os
import subprocess
import sys

from rules.sources import ROOT

CASES = """
import msgpack, sys
assert msgpack.Packer.__module__ == sys.argv[1], msgpack.Packer.__module__
values = [0, 127, 128, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**63, -1, -32, -33, -2**63, 1.5,
          None, True, b"", b"x" * 31, b"x" * 256, b"x" * 70000, "", "é" * 20, "x" * 300, [],
          [1] * 20, {"a": [1, {"b": b"c"}]}, [[]] * 70000]
print(*(msgpack.packb(value).hex()[:200] + str(len(msgpack.packb(value))) for value in values))
"""

WIRE = "tests/validator/test_wire.py"


def packed(**environment: str) -> str:
    module = "msgpack.fallback" if environment else "msgpack._cmsgpack"
    done = subprocess.run(
        [sys.executable, "-c", CASES, module],
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_both_write_the_same_bytes() -> None:
    assert packed(MSGPACK_PUREPYTHON="1") == packed()


def test_messages_pass_their_tests_without_the_extension() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", WIRE],
        cwd=ROOT,
        env=os.environ | {"MSGPACK_PUREPYTHON": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
