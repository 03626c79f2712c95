"""What the daemon stands on: its folder, its sockets, systemd, its log and its clock.

Nothing in here knows tickets, lanes or the store. Everything above may use it; it uses nothing
of the gateway's.
"""
