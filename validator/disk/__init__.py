"""Files and databases that outlive a power cut, for whoever has a disk; no tickets in here.

It imports nothing of ours. Gateway, upstreams, box office and the devices' cache enter; validator's
core may not, and a contract keeps it out.
"""
