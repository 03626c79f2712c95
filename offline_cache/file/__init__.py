"""The cache's one SQLite file: locked, opened, sealed, looked through, exchanged for a mended one.

Knows tables only as far as finding damage in them needs it, and nothing of tickets; what of a
damaged file is saved, rescue.py says. Journal, knowledge, the cache and its rescue stand on it, and
commands that look into a device's journal open it.
"""
