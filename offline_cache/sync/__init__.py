"""The link to the gateway: claims, uploads, frames, the clock, and when to try again.

Only joining a venue and moving reach the network elsewhere (identity/); aiohttp and threads are
known to link.py alone, so that a session runs on any socket. It uses the cache, nothing of the
cache uses it; a scanner enters by `Link`, `Offset`, `Timing` and the events.
"""
