"""Cameras and films: their frames one after the other, and the codes in them.

Reading one frame is the decoders' trade; a phone's own camera stands in android/. The scanner's
stations and commands enter, and no other room of device uses OpenCV.
"""
