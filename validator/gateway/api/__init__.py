"""The HTTP side: one file a subject, with its handlers, and the middleware before them.

Handlers read a request, ask another room and write the answer; they decide nothing and know no
SQL. The gateway's composition mounts it on its two listeners.
"""
