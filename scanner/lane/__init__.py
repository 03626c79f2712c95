"""One lane: takes a scanned text, drives the admission, writes, then shows.

Knows no screen, no sound and no camera; they are ports. Both runs, with and without a window,
are built on it.
"""
