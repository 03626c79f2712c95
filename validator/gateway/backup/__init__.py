"""The files of a backup: sealed, checked, unpacked on a spare machine.

Works on a folder; making a backup asks the running gateway. What devices give back after a
restore is another room's (recovery/).
"""
