"""The WebSocket of a device: one visit from its greeting to its end.

What a message means is decided by the ledger, the feeds and recovery. The API's table of routes
mounts it.
"""
