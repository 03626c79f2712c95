"""What the gateway keeps on disk: one port, SQLite behind it.

One Protocol a noun, without a decision: what may be written when is the ledger's. Rooms above enter
by the port; only those who open a store know which one it is.
"""
