"""What needs Linux's own interfaces: keyboards, HID-POS scanners, GPIO, a display.

What keys and reports mean is read outside, without input or output, so that it is tested anywhere.
The scanner's stations and commands enter; the package for Android leaves this room out.
"""
