"""The rules of claim and check-in, through every interleaving: they hold, and each is needed."""

import gc
from collections.abc import Iterator
from functools import cache

import pytest

from claim_model.explore import Outcome, explore
from claim_model.protocol import (
    CLAIMS,
    CONFIRMS,
    GIVES_BACK,
    REFUSES,
    SHOWS,
    TAKES_BACK,
    Rules,
    Scan,
    World,
)

pytestmark = pytest.mark.slow

ONE = (Scan(),)
SINGLE = World(1, (ONE * 2, ONE))
GROUP = World(2, (ONE * 3, ONE))
COUNTS = World(3, ((Scan(1), Scan(2)), (Scan(2),)))
TWO_CODES = World(1, ((Scan(key="unlisted code"), Scan()), ONE))
STALE = SINGLE._replace(stale_refusals=True)
UNDONE = SINGLE._replace(undo=True)
LIED = SINGLE._replace(lies=1)
LIED_AGAIN = World(1, (ONE, ONE), lies=3)
TWO_WAYS = SINGLE._replace(http=True)

WORLDS = {
    "a single ticket, every fault": (SINGLE, 50_000),
    "a single ticket, two scans at each lane": (World(1, (ONE * 2, ONE * 2)), 75_000),
    "a group of two, three scans at one lane": (GROUP, 100_000),
    "a group of three in parties of one and two": (COUNTS, 15_000),
    "two codes of one ticket, one not listed at the lane": (TWO_CODES, 20_000),
    "lanes that refuse alone for their own reasons": (STALE, 35_000),
    "guests who are sent away": (UNDONE, 30_000),
    "a liar among the devices, who says anything of any id": (LIED, 45_000),
    "a liar who goes on, with one scan at each lane": (LIED_AGAIN, 50_000),
    "a device that asks over HTTP too": (TWO_WAYS, 30_000),
    "one lane that crashes twice": (World(2, (ONE * 3, ()), crashes=2), 2_500),
}

TWO_CONFIRMED = "more confirmed admissions than the ticket admits"
UNANSWERED = "a claim is not answered to its owner"
MORE_PEOPLE = "more people are counted than were scanned"
NEVER_LIT = "a guest never lit is refused at the same device"

# What breaks when one rule is taken away.
NEEDED = {
    "owed": (SINGLE, TWO_CONFIRMED),
    "takeover": (SINGLE, NEVER_LIT),
    "fence": (COUNTS, TWO_CONFIRMED),
    "idempotent": (SINGLE, "one check-in id holds two ordinals"),
    "resume": (SINGLE, NEVER_LIT),
    "write_first": (SINGLE, "a shown verdict is not in the journal"),
    "names_ticket": (TWO_CODES, TWO_CONFIRMED),
    "refusal_releases": (STALE, "a claim stays open though its check-in was reported"),
    "remembers_undo": (UNDONE, "the gateway's uses are not what the lanes reported"),
    "ignores_own_claims": (SINGLE, NEVER_LIT),
    "owners": (LIED._replace(lying=(TAKES_BACK,)), TWO_CONFIRMED),
    "own_ids": (LIED._replace(lying=(CLAIMS,)), UNANSWERED),
    "once": (TWO_WAYS, TWO_CONFIRMED),
}


@pytest.fixture(autouse=True, scope="module")
def no_rubbish() -> Iterator[None]:
    """States hold no circles: looking for some among all of them takes a quarter of the time."""
    gc.disable()
    yield
    gc.enable()


def fewer_states(world: World) -> World:
    """Leaves out what only multiplies states; the first world has it all."""
    return world._replace(acks=False, gateway_crashes=0)


@cache
def outcome(name: str) -> Outcome:
    """Explores a world once for all tests; only the first has acks and gateway crashes."""
    world, _ = WORLDS[name]
    return explore(world if world is SINGLE else fewer_states(world))


def without_rule(world: World, rule: str) -> Outcome:
    """Explores a world with one rule turned over."""
    usual = getattr(Rules(), rule)
    return explore(fewer_states(world)._replace(rules=Rules()._replace(**{rule: not usual})))


@pytest.mark.parametrize("name", WORLDS)
def test_every_promise_of_claim_and_check_in_holds_in_every_interleaving(name: str) -> None:
    found = outcome(name)
    print(f"{name}: {found.states} states, {sum(found.seen.values())} steps")
    assert found.problem is None, "\n".join((found.problem, *found.trace))
    assert found.states >= WORLDS[name][1], "the exploration has become emptier"


@pytest.mark.parametrize(
    ("name", "events"),
    [
        (
            "a single ticket, every fault",
            [
                "scans: resumed",
                "conflict accepted",
                "claim reaches the gateway: claim takes over",
                "uploads admit: check-in takes over",
                "uploads admit: settles its claim",
                "uploads admit: next ordinal",
                "claim reaches the gateway: its check-in came first",
                "claim reaches the gateway: granted again",
                "claim reaches the gateway: refused",
                "crashes when waiting",
                "crashes when decided",
                "crashes when written",
                "crashes when lit",
                "crashes, a lit mark is lost",
                "crashes",
                "time-out: admits alone",
                "time-out: refuses alone",
                "scans, cut off: admits alone",
                "gets an ack",
            ],
        ),
        (
            "a group of two, three scans at one lane",
            [
                "everybody admitted, all confirmed, nothing acknowledged",
                "scans: resumed",
                "conflict accepted",
            ],
        ),
        ("lanes that refuse alone for their own reasons", ["uploads refuse: gives the claim back"]),
        (
            "guests who are sent away",
            [
                "uploads undo: undone",
                "uploads undo: undo came first",
                "uploads admit: undone before it came",
            ],
        ),
    ],
)
def test_the_exploration_meets_what_it_is_about(name: str, events: list[str]) -> None:
    seen = outcome(name).seen
    assert [event for event in events if not seen[event]] == []


@pytest.mark.parametrize("rule", NEEDED)
def test_each_rule_is_needed_without_it_a_promise_breaks(rule: str) -> None:
    world, problem = NEEDED[rule]
    found = without_rule(world, rule)
    print(f"without {rule}: {found.problem}", *found.trace, sep="\n  ")
    assert found.problem == problem


@pytest.mark.parametrize(
    ("rule", "what", "problem"),
    [
        ("owners", GIVES_BACK, UNANSWERED),
        ("owners", CONFIRMS, MORE_PEOPLE),
        ("own_ids", SHOWS, UNANSWERED),
        ("own_ids", REFUSES, UNANSWERED),
    ],
)
def test_each_lie_does_harm_without_its_rule(rule: str, what: str, problem: str) -> None:
    found = without_rule(LIED._replace(lying=(what,)), rule)
    print(f"without {rule}: {found.problem}", *found.trace, sep="\n  ")
    assert found.problem == problem
    assert any(step.startswith(f"liar {what} ") for step in found.trace)


@pytest.mark.full
def test_whatever_a_liar_says_twice_every_promise_holds() -> None:
    found = explore(fewer_states(LIED._replace(lies=2)))
    print(f"{found.states} states, {sum(found.seen.values())} steps")
    assert found.problem is None, "\n".join((found.problem, *found.trace))


def test_claims_that_expire_give_two_confirmed_admissions() -> None:
    found = without_rule(SINGLE, "expiry")
    print(found.problem, *found.trace, sep="\n  ")
    assert found.problem == TWO_CONFIRMED
    assert "gateway lets a claim run out" in found.trace


def test_a_second_scan_before_the_upload_is_confirmed_twice_when_rows_are_not_owed() -> None:
    found = without_rule(SINGLE, "owed")
    assert "D claim 1 reaches the gateway: claim takes over" in found.trace
    assert not any("crashes" in step or "time-out" in step for step in found.trace)


def test_a_group_scanned_fast_at_one_lane_lets_in_a_third_when_rows_are_not_owed() -> None:
    calm = World(2, (ONE * 3, ()), crashes=0)
    assert without_rule(calm, "owed").problem == TWO_CONFIRMED
    kept = explore(calm)
    assert kept.problem is None
    assert kept.seen["everybody admitted, all confirmed, nothing acknowledged"]
