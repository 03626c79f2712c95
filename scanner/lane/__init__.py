"""One lane, and what keeps it at work: scans, passages, expiry, link, wipe, and its log.

No screen, no sound, no camera and no command line: sources and faces are ports. station/, face/
and app/ enter, and the commands for the device's folder.
"""
