"""A lane without a screen: its run, its sources, lines of text, sound, lamps and turnstiles.

Nothing of Kivy. The commands start it.
"""
