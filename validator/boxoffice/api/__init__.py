"""The box office over HTTP: one file a resource, with its handlers and its table of routes.

Handlers read a request, ask the office in another thread and answer; they decide nothing and know
no SQL. The gateway mounts the two applications of `app.py`, and nobody else enters.
"""
