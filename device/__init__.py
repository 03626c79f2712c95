"""A lane's hardware: cameras, scanners, sound, lamps, turnstiles. Knows no tickets.

A code is a text here, whatever it opens, and no other package of ours is imported. Only the scanner
enters; it asks for its parts by the Protocols of `device.ports`.
"""
