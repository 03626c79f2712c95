"""What the daemon stands on: its folder, its sockets, systemd, its log and its clock.

Nothing in here knows tickets or lanes. Everything above may use it; it uses nothing of the
gateway's but the store, which says what time it must be by now.
"""
