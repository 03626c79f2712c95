"""python-for-android starts the app here."""

from scanner.app.android import this_phone
from scanner.app.window import run

run(this_phone())
