"""One lane, with a screen or without: takes codes, has them judged, writes, then shows.

What a ticket is worth is decided in validator, what a device keeps lies in offline_cache, what it
is plugged into is device's. No other package enters; people start it, by `entrance-scanner` or as
the app on a phone.
"""
