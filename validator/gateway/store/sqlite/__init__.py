"""The store in one SQLite file."""

from validator.gateway.store.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
