"""Ticketing systems as the gateway follows them: polling, reporting back, their rhythm.

How one system speaks stands in validator/upstreams; what its news means for the store stands in
the ledger. The gateway's composition puts both together.
"""
