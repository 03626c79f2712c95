"""Who this device is: its name, token and keys, how it joins a venue, moves, and what it pins.

Nothing here knows tickets, the journal or the cache's file. Every other room may ask it, and so do
the scanner's commands and its screen for joining.
"""
