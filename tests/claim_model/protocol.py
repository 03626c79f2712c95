"""The claim protocol in small: what the disks hold, and the gateway's three rules.

One ticket, a few lanes, one gateway. Nothing here is imported from the product: the
committer and the admission are written to these rules, not the other way round.
"""

from typing import NamedTuple

ADMIT, REFUSE, UNDO = "admit", "refuse", "undo"
IDLE, WAITING, DECIDED, WRITTEN, LIT = "idle", "waiting", "decided", "written", "lit"
TICKET = "ticket"
UNDO_OFFSET = 100
HTTP = 50
"""Number of what the first lane's device asks over HTTP, beside its link."""

CLAIMS, SHOWS, REFUSES = "claims", "shows", "refuses"
TAKES_BACK, GIVES_BACK, CONFIRMS = "takes back", "gives back", "confirms"
USES = (CLAIMS, SHOWS, REFUSES)
"""What makes a check-in of an id: a claim, an entry (a hold, an override, a batch), a refusal."""

WORDS = (TAKES_BACK, GIVES_BACK, CONFIRMS)
"""What is said about a check-in: undo or release, give-back, so many people went through."""

MANY = 9

Id = tuple[int, int]


class Rules(NamedTuple):
    """Each rule of the protocol, so that a test can take one away and see what breaks."""

    owed: bool = True
    """A claim carries the lane's unacknowledged rows of the ticket; they are settled first."""
    takeover: bool = True
    """The device's next claim or check-in takes over its open ordinal."""
    fence: bool = True
    """A claim of an earlier boot of its device gets nothing."""
    idempotent: bool = True
    """A check-in id is stored once, and holds at most one ordinal."""
    resume: bool = True
    """An admission without a lit mark is shown again, under its own id."""
    write_first: bool = True
    """The check-in is on disk before the light."""
    names_ticket: bool = True
    """The answer to a claim names the ticket, and the lane's row is filed under it."""
    refusal_releases: bool = True
    """The report of a refusal gives back the claim of the same id."""
    remembers_undo: bool = True
    """An undo that comes before its check-in is remembered."""
    ignores_own_claims: bool = True
    """A lane alone counts its journal, never a claim of its own that it heard of in a stream."""
    owners: bool = True
    """What a device says of another's check-in has no effect, whichever comes first."""
    own_ids: bool = True
    """An id that two devices use is a check-in of each, whichever comes first."""
    once: bool = True
    """An ordinal is confirmed once: over HTTP a device takes its open one over provisionally."""
    expiry: bool = False
    """Claims run out at any moment (the design says: never)."""


class Scan(NamedTuple):
    """One scan that a lane will make: people, and what the lane files the code under."""

    people: int = 1
    key: str = TICKET


class World(NamedTuple):
    """What is explored: the ticket, the lanes' scans, the faults allowed.

    Without ``acks`` a lane never hears of its deliveries and owes every row for ever: the
    gateway knows them, so nothing else changes, and there are far fewer states.
    """

    admits: int
    scans: tuple[tuple[Scan, ...], ...]
    crashes: int = 1
    gateway_crashes: int = 1
    acks: bool = True
    stale_refusals: bool = False
    undo: bool = False
    lies: int = 0
    """So often an enrolled device says anything of any lane's id, at any moment."""
    lying: tuple[str, ...] = (*USES, *WORDS)
    """What it says."""
    http: bool = False
    """The first lane's device also asks once over HTTP for this ticket, at any moment."""
    rules: Rules = Rules()


class Row(NamedTuple):
    """A row of a lane's journal. ``mark``: 0 no lit mark, 1 written, 2 on disk for good."""

    n: int
    kind: str
    confirmed: bool
    people: int
    key: str
    mark: int = 0
    acked: bool = False


class Shown(NamedTuple):
    """Ghost: a verdict that was lit, whatever became of the journal."""

    n: int
    kind: str
    confirmed: bool
    people: int
    times: int


class Lane(NamedTuple):
    """A device: volatile phase, disk, and what it has shown."""

    phase: str = IDLE
    scans: int = 0
    verdict: Row | None = None
    answers: frozenset[bool] = frozenset()
    boot: int = 0
    rows: tuple[Row, ...] = ()
    shown: tuple[Shown, ...] = ()


class Claim(NamedTuple):
    """A claim on its way; it may be delivered late, again, or never."""

    device: int
    n: int
    boot: int
    people: int
    owed: tuple[int, ...]


class Entry(NamedTuple):
    """An ordinal (its place in the tuple) and who holds it."""

    device: int
    n: int
    people: int
    open: bool


class Gateway(NamedTuple):
    """The gateway's disk. ``spent``: ids that may hold no ordinal by a claim any more."""

    entries: tuple[Entry, ...] = ()
    stored: frozenset[Id] = frozenset()
    spent: frozenset[Id] = frozenset()
    undone: frozenset[Id] = frozenset()
    boots: tuple[int, ...] = ()
    told: frozenset[Id] = frozenset()
    """Ids of which a stranger's count was believed; only without the rule `owners`."""
    stolen: frozenset[Id] = frozenset()
    """Lanes' ids that are the liar's now; only without the rule `own_ids`."""


class State(NamedTuple):
    """Everything."""

    lanes: tuple[Lane, ...]
    gateway: Gateway
    claims: frozenset[Claim] = frozenset()
    gateway_crashes: int = 0
    lies: int = 0
    http: str = ""
    """Ghost: what was answered over HTTP."""


def own_open(gateway: Gateway, device: int) -> Entry | None:
    """The open claim of a device, if it has one (never two: ``explore`` checks it)."""
    return next((e for e in gateway.entries if e.device == device and e.open), None)


def without(gateway: Gateway, entry: Entry) -> Gateway:
    """The ordinal is free again, and its id can't claim any more."""
    return gateway._replace(
        entries=tuple(e for e in gateway.entries if e != entry),
        spent=gateway.spent | {(entry.device, entry.n)},
    )


def replaced(gateway: Gateway, old: Entry, new: Entry) -> Gateway:
    """``new`` stands at the ordinal of ``old``."""
    entries = tuple(new if e == old else e for e in gateway.entries)
    gone = {(old.device, old.n)} - {(new.device, new.n)}
    return gateway._replace(entries=entries, spent=gateway.spent | gone)


def on_report(world: World, gateway: Gateway, device: int, row: Row) -> tuple[Gateway, str]:
    """A journal row arrives: by upload or as the ``owed`` of a claim; release is one of them."""
    rules = world.rules
    ident = (device, row.n)
    if rules.idempotent and ident in gateway.stored:
        return gateway, "stored already"
    if ident in gateway.stolen:
        return gateway, "refused, another device has this id"
    gateway = gateway._replace(stored=gateway.stored | {ident})
    if row.kind == UNDO:
        target = (device, row.n - UNDO_OFFSET)
        if rules.remembers_undo:
            gateway = gateway._replace(
                undone=gateway.undone | {target}, spent=gateway.spent | {target}
            )
        held = next((e for e in gateway.entries if (e.device, e.n) == target), None)
        return (without(gateway, held), "undone") if held else (gateway, "undo came first")
    held = next((e for e in gateway.entries if (e.device, e.n) == ident), None)
    if row.kind == REFUSE:
        if held and rules.refusal_releases:
            return without(gateway, held), "gives the claim back"
        return gateway, "refusal stored"
    if ident in gateway.undone:
        return (without(gateway, held) if held else gateway), "undone before it came"
    people = MANY if ident in gateway.told else row.people
    settled = Entry(device, row.n, people, open=False)
    if held and rules.idempotent:
        return replaced(gateway, held, settled), "settles its claim"
    other = own_open(gateway, device)
    if other and rules.takeover:
        return replaced(gateway, other, settled), "check-in takes over"
    return gateway._replace(entries=(*gateway.entries, settled)), "next ordinal"


def lanes_ids(world: World) -> tuple[Id, ...]:
    """Every id that a lane may use; the liar's own check-in of that id has its place as number."""
    return tuple((device, n) for device, scans in enumerate(world.scans) for n in range(len(scans)))


def on_lie(world: World, gateway: Gateway, what: str, target: Id) -> Gateway:
    """The liar says something of a lane's id. By the rules it speaks of its own check-in."""
    rules, liar = world.rules, len(world.scans)
    n = lanes_ids(world).index(target)
    held = next((e for e in gateway.entries if (e.device, e.n) == target), None)
    if what in USES and not rules.own_ids:
        if held or target in gateway.stored:
            return gateway
        gateway = gateway._replace(stolen=gateway.stolen | {target})
    if what in WORDS and not rules.owners:
        gateway = _believed(gateway, what, target, held)
    match what:
        case "claims":
            return on_claim(world, gateway, Claim(liar, n, 0, 1, ()), ())[0]
        case "shows":
            return on_report(world, gateway, liar, Row(n, ADMIT, True, 1, TICKET))[0]
        case "refuses":
            return on_report(world, gateway, liar, Row(n, REFUSE, True, 1, TICKET))[0]
        case "takes back":
            return on_report(world, gateway, liar, Row(n + UNDO_OFFSET, UNDO, False, 0, TICKET))[0]
        case "gives back":
            own = next((e for e in gateway.entries if (e.device, e.n) == (liar, n)), None)
            if own is None:
                return gateway._replace(spent=gateway.spent | {(liar, n)})
            return without(gateway, own) if own.open else gateway
    return gateway


def _believed(gateway: Gateway, what: str, target: Id, held: Entry | None) -> Gateway:
    """What a gateway that asks nobody's rights would do with words of another's check-in."""
    if what == TAKES_BACK and target not in gateway.stored:
        # An entry that is there already was never believed gone; a word that came first was.
        return gateway._replace(undone=gateway.undone | {target})
    if what == GIVES_BACK and held is None:
        return gateway._replace(spent=gateway.spent | {target})
    if what == CONFIRMS and target not in gateway.stored:
        return gateway._replace(told=gateway.told | {target})
    return gateway


def on_http(world: World, gateway: Gateway) -> tuple[Gateway, str]:
    """The first lane's device asks over HTTP: judged, reserved and settled at once."""
    mine = own_open(gateway, 0) if world.rules.takeover else None
    if sum(e.people for e in gateway.entries if e != mine) + 1 > world.admits:
        return gateway, "refused"
    entry = Entry(0, HTTP, 1, open=False)
    gateway = gateway._replace(stored=gateway.stored | {(0, HTTP)})
    if mine:
        word = "provisional" if world.rules.once else "confirmed"
        return replaced(gateway, mine, entry), word
    return gateway._replace(entries=(*gateway.entries, entry)), "confirmed"


def on_claim(
    world: World, gateway: Gateway, claim: Claim, owed: tuple[Row, ...]
) -> tuple[Gateway, bool | None, str]:
    """A claim arrives. Returns the new state, the answer (None: nobody waits for one), a word."""
    rules = world.rules
    device, ident = claim.device, (claim.device, claim.n)
    if rules.fence and claim.boot < gateway.boots[device]:
        return gateway, None, "of an earlier boot"
    boots = tuple(
        max(b, claim.boot) if d == device and rules.fence else b
        for d, b in enumerate(gateway.boots)
    )
    gateway = gateway._replace(boots=boots)
    for row in owed:
        gateway, _ = on_report(world, gateway, device, row)
    if rules.idempotent:
        if ident in gateway.stored:
            return gateway, None, "its check-in came first"
        if any((e.device, e.n) == ident for e in gateway.entries):
            return gateway, True, "granted again"
        if ident in gateway.spent:
            return gateway, None, "spent"
    if ident in gateway.stolen:
        return gateway, None, "another device has this id"
    mine = own_open(gateway, device) if rules.takeover else None
    taken = sum(e.people for e in gateway.entries if e != mine)
    if taken + claim.people > world.admits:
        return gateway, False, "refused"
    entry = Entry(device, claim.n, claim.people, open=True)
    if mine:
        return replaced(gateway, mine, entry), True, "claim takes over"
    return gateway._replace(entries=(*gateway.entries, entry)), True, "granted"
