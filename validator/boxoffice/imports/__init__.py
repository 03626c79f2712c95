"""Tickets that resellers sold: their files read, checked, and listed.

What a file says is found out here and shown before anything is sold; its routes are api's. Only
the office and api/ enter.
"""
