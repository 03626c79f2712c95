"""Orders, tickets and what becomes of them: cancelled, exchanged, invoiced, passed on.

Everything in here runs in one transaction of the database; letters are noted, not sent.
"""
