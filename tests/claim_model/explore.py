"""Breadth-first through every state, with the promises checked in each."""

import re
from collections import Counter, deque
from dataclasses import dataclass, field
from functools import cache

from claim_model.protocol import ADMIT, HTTP, UNDO, UNDO_OFFSET, State, World
from claim_model.steps import shown_people, start, steps


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an exploration found.

    Attributes:
        states: How many different states were reached.
        seen: How often each kind of step was taken (numbers of ids left out).
        problem: The first promise broken, by the shortest way; None if all held.
        trace: The steps that lead to it.
    """

    states: int
    seen: Counter[str] = field(default_factory=Counter)
    problem: str | None = None
    trace: tuple[str, ...] = ()


def broken(world: World, state: State) -> str | None:
    """Names a promise that the state breaks, or None."""
    gateway = state.gateway
    confirmed = sum(shown_people(lane, confirmed_only=True) for lane in state.lanes)
    # What the liar has claimed and not given back, it may have lit.
    confirmed += sum(e.people for e in gateway.entries if e.open and e.device == len(state.lanes))
    if confirmed + (state.http == "confirmed") > world.admits:
        return "more confirmed admissions than the ticket admits"
    ids = [(e.device, e.n) for e in gateway.entries]
    if len(set(ids)) != len(ids):
        return "one check-in id holds two ordinals"
    opens = [e.device for e in gateway.entries if e.open]
    if len(set(opens)) != len(opens):
        return "one guest holds two ordinals"
    if any(e.open and (e.device, e.n) in gateway.stored for e in gateway.entries):
        return "a claim stays open though its check-in was reported"
    for device, lane in enumerate(state.lanes):
        rows = {r.n: r for r in lane.rows}
        held = [e for e in gateway.entries if e.device == device and e.n in rows]
        if any(e.people > rows[e.n].people for e in held):
            return "more people are counted than were scanned"
        for shown in lane.shown:
            row = rows.get(shown.n)
            # Only once the lane rests: a rule that lights first is broken by a crash.
            if lane.phase == "idle" and (row is None or row.kind != shown.kind):
                return "a shown verdict is not in the journal"
            if shown.times > 1 + lane.boot:
                return "a verdict is resumed twice for one crash"
        # An accepted admission is never dropped and never invented, conflict or not.
        undone = {n for d, n in gateway.undone if d == device}
        undone |= {
            r.n - UNDO_OFFSET
            for r in lane.rows
            if r.kind == UNDO and (device, r.n) in gateway.stored
        }
        told = {r.n for r in lane.rows if r.kind == ADMIT and (device, r.n) in gateway.stored}
        settled = {e.n for e in gateway.entries if e.device == device and not e.open} - {HTTP}
        if settled != told - undone:
            return "the gateway's uses are not what the lanes reported"
    return None


def overfull(world: World, state: State) -> bool:
    """Whether the gateway knows of more people than the ticket admits: a conflict to flag."""
    return sum(e.people for e in state.gateway.entries if not e.open) > world.admits


@cache
def _kind(what: str) -> str:
    return re.sub(r" \d+", "", what)


def _all_confirmed(world: World, state: State) -> bool:
    people = sum(shown_people(lane, confirmed_only=True) for lane in state.lanes)
    return people == world.admits and not any(r.acked for x in state.lanes for r in x.rows)


def explore(world: World) -> Outcome:
    """Walks through every state that ``world`` allows; stops at the first broken promise."""
    first = start(world)
    came: dict[State, tuple[State, str] | None] = {first: None}
    seen: Counter[str] = Counter()
    queue = deque([first])
    while queue:
        state = queue.popleft()
        for step in steps(world, state):
            seen[_kind(step.what)] += 1
            new = step.state not in came
            if new:
                came[step.state] = (state, f"{step.who} {step.what}")
            problem = step.problem or (broken(world, step.state) if new else None)
            if problem:
                last = f"{step.who} {step.what}"
                return Outcome(len(came), seen, problem, (*_trace(came, state), last))
            if new:
                if overfull(world, step.state):
                    seen["conflict accepted"] += 1
                if _all_confirmed(world, step.state):
                    seen["everybody admitted, all confirmed, nothing acknowledged"] += 1
                queue.append(step.state)
    return Outcome(len(came), seen)


def _trace(came: dict[State, tuple[State, str] | None], state: State) -> tuple[str, ...]:
    trace: list[str] = []
    while (back := came[state]) is not None:
        state, what = back
        trace.append(what)
    return tuple(reversed(trace))
