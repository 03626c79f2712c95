"""A whole evening in a minute, with the real box office, gateway and lane: the demo.

Nothing of it runs at a venue, and nothing is made up but the guests. Only the command `demo`
enters, and tests that want to pull its cable.
"""
