"""The app with a window: its Kivy loop, its run of a device, and what Android asks of it.

What a screen says stands in face/, how it is drawn in screens/, what a lane does in lane/. Only
the command `ui` and main.py, a phone's start, enter.
"""
