"""What this device knows: streams taken in order, tickets, cancellations, uses, ages.

Frames come in, facts go out; no network, no judging. The cache asks it, sync/ fills it through
`cache.knowledge`, and a rescue enters the rescued uses.
"""
