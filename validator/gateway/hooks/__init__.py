"""Outgoing webhooks: what happens at the doors, told to other systems, signed."""
