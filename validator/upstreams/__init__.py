"""Clients of ticketing systems: whatever they speak, one port to the gateway.

No store of the gateway and no lane in here: a client hands over changes and takes check-ins, by
`validator.ports.Upstream`. The gateway's composition enters, by `kinds` for what its configuration
names; webhooks share how HTTP is spoken and tables are read.
"""
