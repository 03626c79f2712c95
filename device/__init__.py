"""A lane's hardware: cameras, scanners, sound, lamps, turnstiles. Knows no tickets."""
