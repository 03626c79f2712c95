"""What a device knows and owes, through power loss: its file, journal, knowledge, identity, link.

No judging (validator's core) and no lane (scanner) in here. A scanner opens a `Cache`, which is all
of it but the network, and a `Link`, which keeps it up to date.
"""
