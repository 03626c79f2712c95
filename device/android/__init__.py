"""The hardware of Android phones and handhelds, reached through Java.

Nothing here decides what a scan is worth, and nothing runs on another system. Only scanner/app, the
app's composition, enters.
"""
