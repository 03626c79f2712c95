"""The link to the gateway: claims, uploads, frames, the clock, and when to try again.

Everything of the network on a device is in here. It uses the cache; nothing of the cache uses
it.
"""
