"""Who this device is: its name, token and keys, how it joins a venue, moves, and what it pins.

Nothing here knows tickets or the journal. The link and the commands use it.
"""
