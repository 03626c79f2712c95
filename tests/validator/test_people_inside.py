"""How many people of a ticket are inside: step by step, and never less than nobody."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from doubles.evening import TOMORROW, token, use
from validator.model import Direction, UseState, inside

IN, OUT = Direction.ENTRY, Direction.EXIT


@given(st.lists(st.tuples(st.sampled_from(Direction), st.integers(1, 4)), max_size=12))
def test_each_step_counts_from_the_one_before_and_none_below_nobody(
    steps: list[tuple[Direction, int]],
) -> None:
    made = [use(token(), 100 - place, *step) for place, step in enumerate(steps)]
    people = 0
    for place, (direction, count) in enumerate(steps, 1):
        people = max(people + (count if direction is IN else -count), 0)
        assert inside(made[:place]) == people


def test_each_performance_of_a_pass_has_its_own_people() -> None:
    tonight, tomorrow = use(token(), 10), use(token(), 9, performance=TOMORROW)
    gone = use(token(), 5, OUT, performance=TOMORROW)
    assert inside([tonight, gone]) == 1
    assert inside([tonight, tomorrow, gone]) == 1


def test_a_ticket_that_goes_by_two_names_is_one() -> None:
    assert inside([use(token(1)), replace(use(token(2), 5, OUT), code=None)]) == 0


def test_who_was_let_in_and_waits_at_a_turnstile_counts() -> None:
    assert inside([use(token(), state=UseState.HELD, count=3)]) == 3
