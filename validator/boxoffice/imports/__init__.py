"""Tickets that resellers sold: their files previewed, checked, and listed.

There is no HTTP in here, and nothing is listed before its file was compared with what is there.
The office and api/ enter; the gateway's command `import` takes names and bounds from here.
"""
