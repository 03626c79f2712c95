"""These run only in the process that tests/android/test_java_adapters.py starts for them."""

import os

from device.android.java import activity, java_class

STUBS = os.environ.get("ANDROID_STUBS", "")

collect_ignore_glob = [] if STUBS else ["test_*.py"]

if STUBS:
    os.environ["CLASSPATH"] = STUBS


def pytest_runtest_setup() -> None:
    """Give every test a phone that nothing was done to."""
    java_class("android.os.Build$VERSION").SDK_INT = 34
    activity().closed = False
    activity().sent.clear()
