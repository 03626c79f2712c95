"""What lanes are told: each connection's queue, what a lane has missed, heartbeats.

Nothing is decided or judged here; frames come sealed from the ledger and are only passed on. The
link, the API and the daemon use it.
"""
