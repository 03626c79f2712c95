"""How the core's types travel: msgpack on the link and in streams, JSON on HTTP."""
