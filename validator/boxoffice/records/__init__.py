"""The rows of the box office and their rules: programme, prices, orders, keys, check-ins.

There is no HTTP in here, no letter, and no decision about what is sold or taken back. Every room
above enters; most of it runs in a transaction that the caller holds.
"""
