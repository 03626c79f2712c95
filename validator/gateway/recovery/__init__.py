"""The live half of a restore: what devices give back, and noticing that a store was set back.

The files of a backup are another room's (backup/). The link brings what devices offer.
"""
