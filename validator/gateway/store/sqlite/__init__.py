"""The store in one SQLite file.

The same nouns as the port's, one file each, and nothing that a caller could not have of another
database. Whoever opens a store enters: composition, backup, doctor and commands without a gateway.
"""

from validator.gateway.store.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
