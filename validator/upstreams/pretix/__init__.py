"""pretix as an upstream, over its REST API, as one of its check-in devices.

What pretix can't express of entrance control, and how it is told instead:

    ============================  ==============================================================
    check-in                      in pretix
    ============================  ==============================================================
    entry, exit                   redeemed with `force`: it was shown already, whatever pretix says
    several people at once        one check-in: a position is one person
    refusal                       a failed scan; one of a code that nobody knows and of a lane
                                  without a check-in list is not told
    repeat, resumed               not told: nobody entered
    hold, confirm, release        told when confirmed, under the hold's id; a release never is
    undo                          annulled within 15 minutes of the entry; later it is refused
                                  for good, and the outbox shows it
    override by a supervisor      an entry with `force`
    provisional, conflict         not told apart
    entry with a cancelled        refused for good: pretix finds cancelled positions no more (a
    position                      cancelled order's it does)
    ============================  ==============================================================

What pretix takes back without a trace (a check-in deleted or annulled by hand there) stays here.

Nothing here knows the gateway, and signatures of pretix's tickets are formats/'s. Only
`validator.upstreams.kinds` enters.
"""

from validator.upstreams.pretix.settings import Settings
from validator.upstreams.pretix.upstream import PretixUpstream

__all__ = ["PretixUpstream", "Settings"]
