"""Outgoing webhooks: what happens at the doors, told to other systems, signed.

Nothing is decided here, and what comes in from other systems is the API's. The gateway's
composition and its configuration enter; the ledger's commits wake it.
"""
