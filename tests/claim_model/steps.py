"""Every step that a state allows: lanes, messages, crashes."""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from claim_model.protocol import (
    ADMIT,
    DECIDED,
    HTTP,
    IDLE,
    LIT,
    REFUSE,
    TICKET,
    UNDO,
    UNDO_OFFSET,
    WAITING,
    WRITTEN,
    Claim,
    Gateway,
    Id,
    Lane,
    Row,
    Shown,
    State,
    World,
    lanes_ids,
    on_claim,
    on_http,
    on_lie,
    on_report,
    own_open,
    without,
)


class Step(NamedTuple):
    """Who, what happened, where it leads; ``problem`` names a broken promise of the step."""

    who: str
    what: str
    state: State
    problem: str | None = None


def start(world: World) -> State:
    """Fresh disks, nothing on its way."""
    lanes = tuple(Lane() for _ in world.scans)
    devices = len(world.scans) + bool(world.lies)
    return State(lanes, Gateway(boots=(0,) * devices))


def steps(world: World, state: State) -> Iterator[Step]:
    """All next states, each with its label."""
    for step in _all_steps(world, state):
        kept = _alike(world, _forgetting(world, step.state))
        yield step if kept is step.state else step._replace(state=kept)


def _all_steps(world: World, state: State) -> Iterator[Step]:
    for device, lane in enumerate(state.lanes):
        who = "DEF"[device]
        mine = own_open(state.gateway, device)
        heard = mine.people if mine and not world.rules.ignores_own_claims else 0
        for what, after, problem in _lane_steps(world, lane, device, heard):
            moved = _with_lane(state, device, after)
            if after.phase == WAITING and lane.phase == IDLE and after.verdict:
                owed = _owed(world, lane, after.verdict.key)
                asked = after.verdict
                claim = Claim(device, asked.n, lane.boot, asked.people, owed)
                moved = moved._replace(claims=state.claims | {claim})
            yield Step(who, what, moved, problem)
        yield from _upload_steps(world, state, device, who)
    for claim in state.claims:
        yield _claim_step(world, state, claim)
    if state.gateway_crashes < world.gateway_crashes and state.claims:
        # What was on its way is lost, and so is every answer not yet delivered.
        lanes = tuple(lane._replace(answers=frozenset()) for lane in state.lanes)
        crashed = state._replace(
            lanes=lanes, claims=frozenset(), gateway_crashes=state.gateway_crashes + 1
        )
        yield Step("gateway", "crashes", crashed)
    if state.lies < world.lies:
        for target, what in product(lanes_ids(world), world.lying):
            lied = on_lie(world, state.gateway, what, target)
            if lied != state.gateway:
                said = state._replace(gateway=lied, lies=state.lies + 1)
                name = f"{'DEF'[target[0]]}'s id {target[1]}"
                yield Step("liar", f"{what} {name}", said)
    if world.http and not state.http:
        gateway, word = on_http(world, state.gateway)
        yield Step("D", f"asks over HTTP: {word}", state._replace(gateway=gateway, http=word))
    if world.rules.expiry:
        for entry in state.gateway.entries:
            if entry.open:
                gone = without(state.gateway, entry)
                yield Step("gateway", "lets a claim run out", state._replace(gateway=gone))


def admitted(lane: Lane, key: str) -> int:
    """People whom the lane's own journal has let in, as far as it knows the ticket by its key."""
    undone = {r.n - UNDO_OFFSET for r in lane.rows if r.kind == UNDO}
    let_in = [r for r in lane.rows if r.kind == ADMIT and r.n not in undone]
    return sum(r.people for r in let_in if r.key == key)


def shown_people(lane: Lane, *, confirmed_only: bool = False) -> int:
    """People for whom the lane has shown an admission that was not undone."""
    undone = {r.n - UNDO_OFFSET for r in lane.rows if r.kind == UNDO}
    return sum(
        s.people
        for s in lane.shown
        if s.kind == ADMIT and s.n not in undone and (s.confirmed or not confirmed_only)
    )


def _with_lane(state: State, device: int, lane: Lane) -> State:
    lanes = tuple(lane if d == device else other for d, other in enumerate(state.lanes))
    return state._replace(lanes=lanes)


def _owed(world: World, lane: Lane, key: str) -> tuple[int, ...]:
    if not world.rules.owed:
        return ()
    return tuple(r.n for r in lane.rows if not r.acked and r.key == key)


def _open_rows(lane: Lane) -> list[Row]:
    undone = {r.n - UNDO_OFFSET for r in lane.rows if r.kind == UNDO}
    return [r for r in lane.rows if r.kind == ADMIT and r.mark == 0 and r.n not in undone]


def _lane_steps(
    world: World, lane: Lane, device: int, heard: int
) -> Iterator[tuple[str, Lane, str | None]]:
    if lane.phase == IDLE:
        yield from _scan(world, lane, device, heard)
    elif lane.phase == WAITING and lane.verdict:
        asked = lane.verdict
        for granted in lane.answers:
            key = TICKET if world.rules.names_ticket else asked.key
            verdict = asked._replace(kind=ADMIT if granted else REFUSE, confirmed=True, key=key)
            yield f"gets the answer: {verdict.kind}", _decided(lane, verdict), None
        yield from _alone(world, lane, asked, heard, "time-out")
    elif lane.phase == DECIDED and lane.verdict:
        if world.rules.write_first:
            yield "appends", _appended(lane, lane.verdict)._replace(phase=WRITTEN), None
        else:
            yield "lights", _lit(lane, lane.verdict)._replace(phase=WRITTEN), None
    elif lane.phase == WRITTEN and lane.verdict:
        if world.rules.write_first:
            after = _lit(lane, lane.verdict)
        else:
            after = _appended(lane, lane.verdict)
        yield "lights" if world.rules.write_first else "appends", _after_light(after), None
    elif lane.phase == LIT and lane.verdict:
        shown = lane.verdict.n
        # Where no crash can follow, a written mark is as good as one on disk (fewer states).
        mark = 1 if lane.boot < world.crashes else 2
        rows = tuple(r._replace(mark=mark) if r.n == shown else r for r in lane.rows)
        yield "marks as lit", lane._replace(phase=IDLE, verdict=None, rows=rows), None
    if lane.boot < world.crashes:
        yield from _crash(lane)


def _scan(
    world: World, lane: Lane, device: int, heard: int
) -> Iterator[tuple[str, Lane, str | None]]:
    if world.undo and lane.rows and lane.rows[-1].kind == ADMIT and lane.rows[-1].mark:
        last = lane.rows[-1]
        row = Row(last.n + UNDO_OFFSET, UNDO, False, 0, last.key)
        yield "sends the guest away", _appended(lane, row), None
    if lane.scans == len(world.scans[device]):
        return
    scan = world.scans[device][lane.scans]
    scanned = lane._replace(scans=lane.scans + 1)
    waiting = [r for r in _open_rows(lane) if r.key == scan.key]
    if waiting and world.rules.resume:
        resumed = scanned._replace(phase=WRITTEN, verdict=waiting[0])
        yield "scans: resumed", resumed, None
        return
    asked = Row(lane.scans, REFUSE, False, scan.people, scan.key)
    yield "scans and claims", scanned._replace(phase=WAITING, verdict=asked), None
    yield from _alone(world, scanned, asked, heard, "scans, cut off")


def _alone(
    world: World, lane: Lane, asked: Row, heard: int, why: str
) -> Iterator[tuple[str, Lane, str | None]]:
    if admitted(lane, asked.key) + heard + asked.people <= world.admits:
        yield f"{why}: admits alone", _decided(lane, asked._replace(kind=ADMIT)), None
    else:
        problem = None
        if shown_people(lane) + asked.people <= world.admits:
            problem = "a guest never lit is refused at the same device"
        yield f"{why}: refuses alone", _decided(lane, asked), problem
    if world.stale_refusals:
        yield f"{why}: refuses as stale", _decided(lane, asked), None


def _decided(lane: Lane, verdict: Row) -> Lane:
    return lane._replace(phase=DECIDED, verdict=verdict, answers=frozenset())


def _appended(lane: Lane, row: Row) -> Lane:
    # One log file: the sync of this row makes every earlier lit mark durable.
    rows = tuple(r._replace(mark=2) if r.mark == 1 else r for r in lane.rows)
    return lane._replace(rows=(*rows, row))


def _lit(lane: Lane, row: Row) -> Lane:
    before = next((s.times for s in lane.shown if s.n == row.n), 0)
    others = tuple(s for s in lane.shown if s.n != row.n)
    lit = Shown(row.n, row.kind, row.confirmed, row.people, before + 1)
    return lane._replace(shown=tuple(sorted((*others, lit))))


def _after_light(lane: Lane) -> Lane:
    if lane.verdict and lane.verdict.kind == ADMIT:
        return lane._replace(phase=LIT)
    return lane._replace(phase=IDLE, verdict=None)


def _crash(lane: Lane) -> Iterator[tuple[str, Lane, str | None]]:
    fresh = lane._replace(phase=IDLE, verdict=None, answers=frozenset(), boot=lane.boot + 1)
    if any(r.mark == 1 for r in lane.rows):
        lost = tuple(r._replace(mark=0) if r.mark == 1 else r for r in lane.rows)
        yield "crashes, a lit mark is lost", fresh._replace(rows=lost), None
    if lane.phase != IDLE:
        kept = tuple(r._replace(mark=2) if r.mark == 1 else r for r in lane.rows)
        yield f"crashes when {lane.phase}", fresh._replace(rows=kept), None


def _upload_steps(world: World, state: State, device: int, who: str) -> Iterator[Step]:
    lane = state.lanes[device]
    for row in lane.rows:
        if row.acked and world.rules.idempotent:
            continue
        gateway, word = on_report(world, state.gateway, device, row)
        if gateway != state.gateway:
            yield Step(who, f"uploads {row.kind} {row.n}: {word}", state._replace(gateway=gateway))
        if word.startswith("refused"):
            problem = "a check-in is refused to its owner"
            yield Step(who, f"uploads {row.kind} {row.n}: {word}", state, problem)
        if world.acks and not row.acked and (device, row.n) in state.gateway.stored:
            rows = tuple(r._replace(acked=True) if r.n == row.n else r for r in lane.rows)
            yield Step(who, "gets an ack", _with_lane(state, device, lane._replace(rows=rows)))


def _claim_step(world: World, state: State, claim: Claim) -> Step:
    lane = state.lanes[claim.device]
    owed = tuple(r for r in lane.rows if r.n in claim.owed)
    gateway, granted, word = on_claim(world, state.gateway, claim, owed)
    after = state._replace(gateway=gateway)
    asked = lane.verdict
    problem = None
    waits = lane.phase == WAITING and lane.boot == claim.boot and asked and asked.n == claim.n
    if waits and granted is None:
        problem = "a claim is not answered to its owner"
    if waits and granted is not None:
        heard = lane._replace(answers=lane.answers | {granted})
        after = _with_lane(after, claim.device, heard)
        if not granted:
            elsewhere = sum(
                e.people for e in gateway.entries if e.device != claim.device or e.n == HTTP
            )
            # An admission open under another code of the ticket waits for that code.
            here = shown_people(lane) + sum(r.people for r in _open_rows(lane))
            if elsewhere + here + claim.people <= world.admits:
                problem = "a guest never lit is refused at the same device"
    return Step("DEF"[claim.device], f"claim {claim.n} reaches the gateway: {word}", after, problem)


def _forgetting(world: World, state: State) -> State:
    """Drops claims on their way that can do nothing any more (fewer states, same traces)."""
    if not state.claims or not world.rules.idempotent:
        return state
    idle = [c for c in state.claims if _idle(world, state, c)]
    return state._replace(claims=state.claims.difference(idle)) if idle else state


def _idle(world: World, state: State, claim: Claim) -> bool:
    gateway, lane = state.gateway, state.lanes[claim.device]
    if world.rules.fence and claim.boot < gateway.boots[claim.device]:
        return True
    ident = (claim.device, claim.n)
    done = ident in gateway.stored or ident in gateway.spent
    if not done and not world.rules.expiry and lane.phase != WAITING:
        done = any((e.device, e.n) == ident for e in gateway.entries)
    return done and all((claim.device, n) in gateway.stored for n in claim.owed)


def _alike(world: World, state: State) -> State:
    """Numbers the liar's check-ins anew (fewer states, same traces).

    By the rules no id of another device is more to it than any other, so only which of its words
    are about the same one matters; and none of them once it has said all it may.
    """
    if not state.lies or not (world.rules.own_ids and world.rules.owners):
        return state
    gateway, liar = state.gateway, len(world.scans)
    memory: tuple[frozenset[Id], ...] = (gateway.stored, gateway.spent, gateway.undone)
    if state.lies == world.lies:
        memory = tuple(frozenset(i for i in ids if i[0] != liar) for ids in memory)
    numbers = list(dict.fromkeys(e.n for e in gateway.entries if e.device == liar))
    others = {i[1] % UNDO_OFFSET for ids in memory for i in ids if i[0] == liar} - set(numbers)
    numbers += sorted(others, key=lambda n: [(liar, n) in ids for ids in memory])
    new = {
        (liar, n + off): (liar, place + off)
        for place, n in enumerate(numbers)
        for off in (0, UNDO_OFFSET)
    }
    stored, spent, undone = (frozenset(new.get(i, i) for i in ids) for ids in memory)
    entries = tuple(
        e._replace(n=new[liar, e.n][1]) if e.device == liar else e for e in gateway.entries
    )
    gateway = gateway._replace(entries=entries, stored=stored, spent=spent, undone=undone)
    return state._replace(gateway=gateway)
