"""Eyes and hands of a lane: cameras, scanners, lamps. Knows no tickets."""
