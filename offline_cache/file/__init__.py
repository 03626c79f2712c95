"""The cache's one SQLite file: opened, sealed, mended when it is damaged, exchanged whole.

Knows tables only as far as rescuing them needs it, and nothing of tickets. Every other room of
the cache stands on it.
"""
