"""How the core's types travel: msgpack on the link and in streams, JSON on HTTP.

Bounds and forms stand here, not what a message asks for; a form that devices have is changed by a
new one beside it. Gateway, upstreams, box office and the devices' cache enter; the judge does not.
"""
