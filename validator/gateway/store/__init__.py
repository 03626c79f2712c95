"""What the gateway keeps on disk: one port, SQLite behind it."""
