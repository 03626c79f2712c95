"""Keys of the feed that follow each other: which seals are taken, and who may name the next."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.clock import Instant
from validator.errors import FrameRefused
from validator.feed import (
    Epoch,
    Heartbeat,
    SealRing,
    Successor,
    appoint,
    open_frame,
    reopen_frame,
    reseal,
    seal,
)
from validator.keys import SigningKey

ONE, TWO, THREE, THIEF = (SigningKey.from_seed(letter * 32) for letter in (b"1", b"2", b"3", b"t"))
SECOND = appoint(ONE, TWO.public, ends=False)
THIRD = appoint(TWO, THREE.public, ends=False)
LAST = appoint(TWO, THREE.public, ends=True)


def test_each_key_names_the_next_and_all_are_taken() -> None:
    ring = SealRing(ONE.public).grown([SECOND, THIRD])
    assert ring.accepted == (THREE.public, TWO.public, ONE.public)


def test_a_follower_that_pinned_a_later_key_goes_on_from_there() -> None:
    ring = SealRing(TWO.public).grown([SECOND, THIRD])
    assert ring.all == (TWO.public, THREE.public)


def test_what_is_told_again_changes_nothing() -> None:
    ring = SealRing(ONE.public).grown([SECOND, THIRD])
    assert ring.grown([SECOND, THIRD]) == ring.grown([SECOND]) == ring


def test_after_a_theft_only_the_new_key_is_taken() -> None:
    ring = SealRing(ONE.public).grown([SECOND, LAST])
    assert ring.accepted == (THREE.public,)
    assert len(ring.all) == 3


def test_a_key_that_was_given_up_names_nobody_any_more() -> None:
    ring = SealRing(ONE.public).grown([SECOND, LAST])
    for stolen in (ONE, TWO):
        with pytest.raises(FrameRefused, match="given up"):
            ring.grown([appoint(stolen, THIEF.public, ends=True)])


@pytest.mark.parametrize(
    "forged",
    [
        replace(SECOND, key=THIEF.public),
        replace(SECOND, ends=True),
        replace(SECOND, signature=bytes(64)),
        replace(SECOND, signature=b""),
        replace(appoint(THIEF, THIEF.public, ends=True), before=ONE.public),
        Successor(ONE.public, b"short", False, ONE.sign(b"")),
    ],
)
def test_a_successor_that_the_key_before_did_not_sign_is_refused(forged: Successor) -> None:
    with pytest.raises(FrameRefused, match="not signed"):
        SealRing(ONE.public).grown([forged])


def test_a_strangers_key_leads_nowhere() -> None:
    ring = SealRing(ONE.public).grown([appoint(THIEF, TWO.public, ends=True)])
    assert ring == SealRing(ONE.public)


def test_two_gateways_of_one_backup_may_both_go_on() -> None:
    other = appoint(ONE, THREE.public, ends=False)
    assert len(SealRing(ONE.public).grown([SECOND, other]).accepted) == 3


def test_keys_without_end_are_refused() -> None:
    keys = [SigningKey.from_seed(number.to_bytes(32, "big")) for number in range(1, 300)]
    chain = [appoint(before, after.public, ends=False) for before, after in pairwise(keys)]
    with pytest.raises(FrameRefused, match="more than"):
        SealRing(keys[0].public).grown(chain)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.booleans(), st.booleans())))
def test_whatever_is_told_nobody_learns_a_key_that_none_of_theirs_has_named(
    told: list[tuple[int, int, bool, bool]],
) -> None:
    keys = (ONE, TWO, THREE, THIEF)
    ring, named = SealRing(ONE.public), {ONE.public}
    for before, after, ends, is_genuine in told:
        each = appoint(keys[before], keys[after].public, ends)
        if is_genuine:
            named.add(each.key)
        else:
            each = replace(each, signature=bytes(64))
        with suppress(FrameRefused):
            ring = ring.grown([each])
    assert set(ring.accepted) <= set(ring.all) <= named


def test_a_frame_is_opened_by_any_of_the_keys_and_by_no_other() -> None:
    frame = Heartbeat(Epoch(1, 2), Instant(3), {}, {})
    sealed = seal(frame, ONE)
    assert open_frame(sealed, TWO.public, ONE.public) == frame
    for keys in ((), (TWO.public,), (TWO.public, THREE.public)):
        with pytest.raises(FrameRefused):
            open_frame(sealed, *keys)
    again = reseal(sealed, TWO)
    assert open_frame(again, TWO.public) == reopen_frame(again) == reopen_frame(sealed) == frame
    with pytest.raises(FrameRefused):
        open_frame(again, ONE.public)
