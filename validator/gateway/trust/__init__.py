"""Who may do what: devices, users, sessions, the venue's authority, limits on guessing.

Rights are decided here and enforced by the API and the link. No routes, no pages.
"""
