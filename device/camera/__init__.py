"""Cameras and films: their frames one after the other, and the codes in them."""
