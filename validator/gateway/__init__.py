"""The gateway: keeps every lane current, reserves entries, sends check-ins on."""
