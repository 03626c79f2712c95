"""Orders and tickets, and what becomes of them: sold, cancelled, exchanged, invoiced, accounted.

There is no HTTP in here, and no letter leaves: it is kept in the transaction of its change. The
office, imports/ and the change feed enter, and api/ for bounds and values.
"""
