"""Files and databases that outlive a power cut, for whoever has a disk; no tickets in here."""
