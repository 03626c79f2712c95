"""The app with a window: its Kivy loop, its run of a device, and what Android asks of it.

Screens draw and know no tickets' rules; the face decides what they show. Only the commands and
main.py start it.
"""
