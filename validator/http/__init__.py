"""What every application of ours over HTTP does alike: reading bodies, answering without a name.

It knows no routes and no tickets. Gateway and box office enter; nobody on a device does.
"""
