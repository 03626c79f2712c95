"""Sizes that every screen keeps, in density-independent pixels (160 to the inch)."""

from __future__ import annotations

PHONE_WIDTH, PHONE_HEIGHT = 390.0, 844.0
"""What sizes are given for: a phone's screen is that wide, whatever it is made of."""

KIOSK_WIDTH, KIOSK_HEIGHT = 1130.0, 800.0
"""The same of a screen that is wider than high: thirteen keys have room side by side."""

STRIPE = 32.0
"""At most 4 % of the height."""

TARGET = 76.0
"""A finger in a glove: 12 mm."""

FOOT = 22.0
"""Below everything."""
