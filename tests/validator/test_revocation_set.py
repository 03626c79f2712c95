"""The set of what is refused: exact, and each reason lifted by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from validator.clock import Instant
from validator.errors import FixRequest, WireError
from validator.model import CodeId, Ref, Revocation, RevocationKind, Serial, TicketId
from validator.revocation import RevocationSet

CANCELLED, SUSPENDED = RevocationKind.CANCELLED, RevocationKind.SUSPENDED
LAST = (1 << 32) - 1
EDGES = [0, 1, 7, 8, 9, 65_535, 65_536, 65_537, 131_072, LAST - 1, LAST]
SERIALS = [Serial(scope, serial) for scope in (1, 2, 65_536, LAST) for serial in EDGES]
CODES = [CodeId(bytes([first, *bytes(14), last])) for first in (0, 1, 255) for last in (0, 1)]
NEIGHBOURS = [CodeId(number.to_bytes(8, "big") + bytes(8)) for number in (1, 2, 1 << 52, 1 << 63)]
TICKETS = [TicketId(text) for text in ("1.1", "pretix:7-1", "", "é", "\ud800")]
IDS: list[Ref] = [CODES[0], CODES[2], CODES[4], *NEIGHBOURS, *TICKETS]
TARGETS: list[Ref] = [*SERIALS, *IDS]

targets = st.sampled_from(TARGETS)
kinds = st.sampled_from(list(RevocationKind))


def revocation(target: Ref, kind: RevocationKind = CANCELLED) -> Revocation:
    return Revocation(target, kind, Instant(0))


def check(revoked: RevocationSet, model: set[tuple[Ref, RevocationKind]]) -> None:
    assert len(revoked) == len(model)
    hit = {target for target, _ in model}
    for target in TARGETS:
        assert revoked.hits(target) == (target in hit)


class AgainstModel(RuleBasedStateMachine):
    """Random adds and lifts, with the set sometimes stored and loaded in between."""

    def __init__(self) -> None:
        super().__init__()
        self.revoked = RevocationSet()
        self.model: set[tuple[Ref, RevocationKind]] = set()

    @rule(target_=targets, kind=kinds)
    def add(self, target_: Ref, kind: RevocationKind) -> None:
        self.revoked.add(revocation(target_, kind))
        self.model.add((target_, kind))

    @rule(target_=targets, kind=kinds)
    def lift(self, target_: Ref, kind: RevocationKind) -> None:
        self.revoked.lift(target_, kind)
        self.model.discard((target_, kind))

    @rule()
    def lift_one_that_is_there(self) -> None:
        if self.model:
            pair = min(self.model, key=repr)
            self.revoked.lift(*pair)
            self.model.discard(pair)

    @rule()
    def restart_from_rows(self) -> None:
        self.revoked = RevocationSet.from_rows(revocation(*pair) for pair in self.model)

    @rule()
    def restart_from_image(self) -> None:
        self.revoked = RevocationSet.from_image(self.revoked.image())

    @invariant()
    def equals_the_model(self) -> None:
        check(self.revoked, self.model)


TestAgainstModel = AgainstModel.TestCase


@given(st.sets(st.integers(0, LAST), max_size=60), st.sets(st.integers(0, LAST), max_size=60))
def test_no_serial_is_ever_refused_for_another(revoked: set[int], asked: set[int]) -> None:
    held = RevocationSet.from_rows(revocation(Serial(5, serial)) for serial in revoked)
    for serial in revoked | asked:
        assert held.hits(Serial(5, serial)) == (serial in revoked)
        assert not held.hits(Serial(6, serial))


@given(st.sets(st.binary(min_size=16, max_size=16), max_size=300))
def test_no_revoked_code_is_ever_passed(codes: set[bytes]) -> None:
    held = RevocationSet.from_rows(revocation(CodeId(code)) for code in codes)
    assert all(held.hits(CodeId(code)) for code in codes)


@pytest.mark.parametrize("target", [SERIALS[3], CODES[0], TICKETS[1]], ids=str)
def test_lifting_one_reason_leaves_the_other(target: Ref) -> None:
    held = RevocationSet.from_rows([revocation(target), revocation(target, SUSPENDED)])
    held.lift(target, CANCELLED)
    assert held.hits(target)
    held.lift(target, SUSPENDED)
    assert not held.hits(target)


@pytest.mark.parametrize("target", [SERIALS[3], CODES[0], TICKETS[1]], ids=str)
def test_a_row_that_is_told_twice_is_lifted_by_one_removal(target: Ref) -> None:
    held = RevocationSet.from_rows([revocation(target), revocation(target)])
    assert len(held) == 1
    held.lift(target, CANCELLED)
    assert not held.hits(target)


def test_one_revoked_target_of_a_reading_is_enough() -> None:
    held = RevocationSet.from_rows([revocation(TICKETS[0])])
    assert held.hits(CODES[0], SERIALS[0], TICKETS[0])
    assert not held.hits(CODES[0], SERIALS[0])
    assert not held.hits()


@pytest.mark.parametrize("serial", [Serial(1, -1), Serial(1, LAST + 1), Serial(LAST + 1, 1)])
def test_a_serial_out_of_range_is_not_taken_for_another(serial: Serial) -> None:
    held = RevocationSet.from_rows(revocation(target) for target in SERIALS)
    with pytest.raises(FixRequest):
        held.add(revocation(serial))
    held.lift(serial, CANCELLED)
    assert not held.hits(serial)
    assert len(held) == len(SERIALS)


def test_a_damaged_image_is_refused_and_never_a_smaller_set() -> None:
    image = RevocationSet.from_rows([revocation(CODES[0]), revocation(TICKETS[0])]).image()
    for index in range(len(image)):
        torn = bytearray(image)
        torn[index] ^= 1
        with pytest.raises(WireError):
            RevocationSet.from_image(bytes(torn))
    for size in range(len(image)):
        with pytest.raises(WireError):
            RevocationSet.from_image(image[:size])


def test_an_image_is_a_copy() -> None:
    held = RevocationSet.from_rows(revocation(target) for target in (SERIALS[0], CODES[0]))
    loaded = RevocationSet.from_image(held.image())
    held.lift(SERIALS[0], CANCELLED)
    held.lift(CODES[0], CANCELLED)
    assert loaded.hits(SERIALS[0])
    assert loaded.hits(CODES[0])
