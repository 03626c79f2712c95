"""May this ticket enter? The pure core; `gateway`, `upstreams` and `boxoffice` build on it.

The files of this folder know no disk, no network, no clock and no chance: all of that is handed in.
Lanes and gateway ask the same `judge`; what is beside the core (`gateway`, `upstreams`,
`boxoffice`, `disk`, `machine_clock`) the core must not enter.
"""
