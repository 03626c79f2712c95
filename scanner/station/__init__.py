"""A lane without a screen: its run, its sources by name, lines of text, sound, lamps, turnstiles.

Nothing of Kivy, and nothing that a phone runs: the package for Android leaves it out. Only the
commands enter.
"""
