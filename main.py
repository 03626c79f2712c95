"""python-for-android starts the app here."""

from scanner.android import this_phone
from scanner.app import run

run(this_phone())
