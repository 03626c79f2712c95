"""What would keep this gateway from its work: beside a running one or without.

It looks and says what to do; nothing is changed or mended in here. Only the command `doctor`
enters.
"""
